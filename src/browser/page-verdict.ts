/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { PageFinding } from './page-script.js';

/**
 * The part of the verdict that the page itself can tell, in an isolated world. Sent as text: the
 * function may use nothing from outside itself.
 */

/** A run of text for the check against the pixels behind it. All lengths in CSS pixels. */
export interface PageText {
  field: string | null;
  /** The text's colour with alpha 0 to 1 where it is certain; null for gradients and blending. */
  color: [number, number, number, number] | null;
  /** False for ink that is nothing to read, or cannot be judged; it still stands beside others. */
  legible: boolean;
  fontPx: number;
  bold: boolean;
  /** Visible lines as [left, top, width, height]. */
  lines: [number, number, number, number][];
}

export interface PageVerdict {
  findings: PageFinding[];
  texts: PageText[];
}

export interface PageJudge {
  judge(): Promise<PageVerdict>;
}

/** Installs the judge as `globalThis.cardpressJudge`. */
export function installPageJudge(): void {
  type Rect = { left: number; top: number; right: number; bottom: number };
  interface Run {
    element: HTMLElement;
    style: CSSStyleDeclaration;
    field: string | null;
    fontPx: number;
    rects: Rect[];
    text: string;
  }

  /** Below 3% of the short side text is cut by rounded corners and by the frames of some feeds. */
  const SAFE_EDGE_SHARE = 0.03;
  const MAX_LINES = 24;
  const SAME_WIDTH_PX = 0.01;
  /** Unassigned in Unicode: whatever is drawn for it is the box for a missing glyph. */
  const MISSING = '\u0378';
  const GLYPH_PX = 24;
  const COMMON = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Control}\p{Mark}]/u;
  /** Emoji always come from the emoji font; that is no stand-in. */
  const EMOJI = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]/u;
  const LETTERS = /[\p{L}\p{N}].*[\p{L}\p{N}]/su;
  const SVG = /\.svg$|^data:image\/svg/;
  const GENERIC = /^(serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|math|emoji)$/;

  const canvas = new OffscreenCanvas(GLYPH_PX * 2, GLYPH_PX * 2);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const glyphs = new Map<string, 'own' | 'stepped_in' | 'missing'>();

  function bitmap(family: string, character: string): number {
    if (!pen) return 0;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = '#000';
    pen.font = `${GLYPH_PX}px ${family}`;
    pen.fillText(character, 4, GLYPH_PX * 1.4);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    let hash = 0;
    for (let i = 3; i < data.length; i += 4) hash = (Math.imul(hash, 31) + (data[i] ?? 0)) | 0;
    return hash;
  }

  function width(family: string, character: string): number {
    if (!pen) return 0;
    pen.font = `${GLYPH_PX}px ${family}`;
    return pen.measureText(character).width;
  }

  function looksSame(familyA: string, a: string, familyB: string, b: string): boolean {
    if (Math.abs(width(familyA, a) - width(familyB, b)) > SAME_WIDTH_PX) return false;
    return bitmap(familyA, a) === bitmap(familyB, b);
  }

  /** Where the glyph of one character comes from. Judged once per family and character. */
  function glyphSource(family: string, character: string): 'own' | 'stepped_in' | 'missing' {
    const key = `${family} ${character}`;
    const known = glyphs.get(key);
    if (known) return known;
    if (glyphs.size > 20_000) glyphs.clear();
    const [first = '', ...rest] = family.split(',').map((name) => name.trim());
    const others = rest.length > 0 ? rest.join(',') : 'serif';
    let source: 'own' | 'stepped_in' | 'missing' = 'own';
    if (looksSame(family, character, family, MISSING)) source = 'missing';
    else if (!GENERIC.test(first.replaceAll(/["']/g, '')) && !EMOJI.test(character)) {
      if (looksSame(family, character, others, character)) source = 'stepped_in';
    }
    glyphs.set(key, source);
    return source;
  }

  /**
   * A face that is still on its way draws nothing, which would look like a missing glyph. Asked for
   * only with characters that were not judged yet, so a warm page waits for nothing.
   */
  async function loadFaces(run: Run): Promise<void> {
    const family = run.style.fontFamily;
    const unseen = [...new Set(run.text)].filter((c) => !glyphs.has(`${family} ${c}`));
    if (unseen.length === 0) return;
    const font = `${GLYPH_PX}px ${family}`;
    await document.fonts.load(font, unseen.join('') + MISSING).catch(() => undefined);
  }

  function fieldOf(element: Element): string | null {
    return element.closest('[data-field]')?.getAttribute('data-field') ?? null;
  }

  function rectsOf(node: Node): Rect[] {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()]
      .filter((r) => r.width > 0.5 && r.height > 0.5)
      .map(({ left, top, right, bottom }) => ({ left, top, right, bottom }));
  }

  /** Every element that shows text of its own, and where that stands. */
  function textRuns(): Run[] {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const runs = new Map<HTMLElement, Run>();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.nodeValue ?? '';
      if (!element || text.trim() === '' || element.closest('[aria-hidden="true"], svg')) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const rects = rectsOf(node);
      if (rects.length === 0) continue;
      const run = runs.get(element);
      if (run) {
        run.rects.push(...rects);
        run.text += text;
        continue;
      }
      const style = getComputedStyle(element);
      const fontPx = Number.parseFloat(style.fontSize);
      runs.set(element, { element, style, field: fieldOf(element), fontPx, rects, text });
    }
    return [...runs.values()];
  }

  /** The ink of a line lies well inside its content area; this is a safe inner part of it. */
  function inkOf(rect: Rect, fontPx: number): Rect {
    const middle = (rect.top + rect.bottom) / 2;
    return { ...rect, top: middle - fontPx * 0.33, bottom: middle + fontPx * 0.33 };
  }

  function clips(style: CSSStyleDeclaration): boolean {
    return style.overflowX !== 'visible' || style.overflowY !== 'visible';
  }

  /** The boxes that cut the text off; one that ends it with an ellipsis is `gentle`. */
  function clippingBoxes(run: Run): { box: Rect; gentle: boolean }[] {
    const card = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const boxes = [{ box: card as Rect, gentle: false }];
    for (let e: HTMLElement | null = run.element; e && e !== document.body; e = e.parentElement) {
      const style = e === run.element ? run.style : getComputedStyle(e);
      if (!clips(style)) continue;
      const clamp = style.getPropertyValue('-webkit-line-clamp');
      const gentle = style.textOverflow === 'ellipsis' || (clamp !== 'none' && clamp !== '');
      boxes.push({ box: e.getBoundingClientRect(), gentle });
    }
    return boxes;
  }

  function isInside(ink: Rect, box: Rect): boolean {
    return (
      ink.left >= box.left - 2 &&
      ink.right <= box.right + 2 &&
      ink.top >= box.top - 1 &&
      ink.bottom <= box.bottom + 1
    );
  }

  /** How ink that lies outside is cut; the lines that stay whole are what can be judged further. */
  function cut(run: Run): 'whole' | 'shortened' | 'clipped' {
    const boxes = clippingBoxes(run);
    let outcome: 'whole' | 'shortened' | 'clipped' = 'whole';
    run.rects = run.rects.filter((rect) => {
      const ink = inkOf(rect, run.fontPx);
      const cutting = boxes.filter(({ box }) => !isInside(ink, box));
      if (cutting.length === 0) return true;
      if (cutting.some(({ gentle }) => gentle)) {
        if (outcome === 'whole') outcome = 'shortened';
      } else outcome = 'clipped';
      return false;
    });
    return outcome;
  }

  /** Whether the text leaves the box of the block that it stands in, over whatever is beside it. */
  function isOverflowing(run: Run): boolean {
    const block = run.element.closest<HTMLElement>('[data-field], [data-fit], [data-max-lines]');
    if (!block || clips(getComputedStyle(block))) return false;
    const box = block.getBoundingClientRect();
    return run.rects.some((rect) => {
      const ink = inkOf(rect, run.fontPx);
      return ink.right > box.right + 2 || ink.left < box.left - 2 || ink.bottom > box.bottom + 2;
    });
  }

  function isNearEdge(run: Run): boolean {
    const safe = Math.min(innerWidth, innerHeight) * SAFE_EDGE_SHARE;
    return run.rects.some((rect) => {
      const ink = inkOf(rect, run.fontPx);
      return (
        ink.left < safe ||
        ink.top < safe ||
        ink.right > innerWidth - safe ||
        ink.bottom > innerHeight - safe
      );
    });
  }

  function overlaps(a: Run, b: Run): boolean {
    if (a.element.contains(b.element) || b.element.contains(a.element)) return false;
    return a.rects.some((first) => {
      const x = inkOf(first, a.fontPx);
      return b.rects.some((second) => {
        const y = inkOf(second, b.fontPx);
        const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left);
        const high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
        return wide > 2 && high > Math.min(a.fontPx, b.fontPx) * 0.15;
      });
    });
  }

  function glyphFindings(run: Run): PageFinding[] {
    const family = run.style.fontFamily;
    const characters = new Set(run.text);
    const of = { missing: [] as string[], stepped_in: [] as string[] };
    for (const character of characters) {
      if (COMMON.test(character)) continue;
      const source = glyphSource(family, character);
      if (source !== 'own') of[source].push(character);
    }
    const found: PageFinding[] = [];
    const shown = (list: string[]) => list.slice(0, 8).join(' ');
    const first = family.split(',')[0]?.replaceAll(/["']/g, '').trim() ?? '';
    if (of.missing.length > 0) {
      const detail = { characters: shown(of.missing), family: first };
      found.push({ code: 'glyph_missing', field: run.field, detail });
    }
    if (of.stepped_in.length > 0) {
      const detail = { characters: shown(of.stepped_in), family: first };
      found.push({ code: 'font_stepped_in', field: run.field, detail });
    }
    return found;
  }

  /** Any CSS colour as sRGB with alpha 0 to 1: computed styles keep `oklch()` and its like. */
  function parseColor(color: string): [number, number, number, number] | null {
    if (!pen) return null;
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = 'transparent';
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  function paintsBackground(style: CSSStyleDeclaration): boolean {
    return style.backgroundImage !== 'none' || style.backgroundColor !== 'rgba(0, 0, 0, 0)';
  }

  /** Certain only where nothing between the colour and the screen changes it in unknown ways. */
  function certainColor(run: Run): PageText['color'] {
    const fill = run.style.getPropertyValue('-webkit-text-fill-color') || run.style.color;
    let alpha = 1;
    let overBackground = false;
    for (let e: HTMLElement | null = run.element; e; e = e.parentElement) {
      const style = e === run.element ? run.style : getComputedStyle(e);
      if (style.mixBlendMode !== 'normal' || style.filter !== 'none') return null;
      if (style.maskImage !== 'none' && style.maskImage !== '') return null;
      overBackground ||= paintsBackground(style);
      const opacity = Number(style.opacity);
      // With a background of its own it fades together with that; what is behind shows through both.
      if (opacity < 1 && overBackground) return null;
      alpha *= opacity;
    }
    const color = parseColor(fill);
    // Below a fifth it is gradient text, or a ghost whose looks only the pixels can tell.
    if (!color || color[3] * alpha < 0.2) return null;
    return [color[0], color[1], color[2], color[3] * alpha];
  }

  function forContrast(run: Run): PageText {
    const color = certainColor(run);
    return {
      field: run.field,
      color,
      // Where the pixels must tell the colour, those of an emoji would pass for it.
      legible: LETTERS.test(run.text) && (color !== null || !EMOJI.test(run.text)),
      fontPx: run.fontPx,
      bold: Number(run.style.fontWeight) >= 700,
      lines: run.rects
        .slice(0, MAX_LINES)
        .map((r) => [r.left, r.top, r.right - r.left, r.bottom - r.top]),
    };
  }

  function assetFindings(): PageFinding[] {
    const found: PageFinding[] = [];
    for (const image of document.images) {
      if (!image.currentSrc || image.naturalWidth === 0 || SVG.test(image.currentSrc)) continue;
      const box = image.getBoundingClientRect();
      const fit = getComputedStyle(image).objectFit;
      const across = (box.width * devicePixelRatio) / image.naturalWidth;
      const down = (box.height * devicePixelRatio) / image.naturalHeight;
      const scale = fit === 'contain' ? Math.min(across, down) : Math.max(across, down);
      // A picture made for scale 1 may be shown at 2; above that its pixels are seen.
      if (scale / devicePixelRatio <= 2) continue;
      const detail = { width: image.naturalWidth, height: image.naturalHeight };
      found.push({ code: 'picture_too_small', field: fieldOf(image), detail });
    }
    return found;
  }

  const api: PageJudge = {
    async judge() {
      const runs = textRuns();
      await Promise.all(runs.map(loadFaces));
      const cuts = runs.map(cut);
      const findings: PageFinding[] = assetFindings();
      runs.forEach((run, i) => {
        const note = (code: PageFinding['code']) =>
          findings.push({ code, field: run.field, detail: {} });
        const outcome = cuts[i];
        if (outcome === 'clipped') note('text_clipped');
        else if (outcome === 'shortened') note('text_shortened');
        else if (isOverflowing(run)) note('text_overflows');
        else if (isNearEdge(run)) note('text_near_edge');
        if (runs.slice(i + 1).some((other) => overlaps(run, other))) note('text_overlaps');
        findings.push(...glyphFindings(run));
      });
      const visible = runs.filter((run) => run.rects.length > 0);
      return { findings, texts: visible.map(forContrast) };
    },
  };
  (globalThis as unknown as { cardpressJudge: PageJudge }).cardpressJudge = api;
}
