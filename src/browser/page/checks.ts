/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { EMOJI } from './emoji.js';
import { fieldOf } from './field-of.js';
import type { PageGlyphs } from './glyphs.js';
import type { PageOverlaps } from './overlaps.js';
import type { PageFinding } from './page-api.js';
import type { PlacedText } from './placed-text.js';
import type { PagePlacement } from './placement.js';
import { rectsOf, textNodesIn } from './text-nodes.js';

/** The verdict: checks in the page after layout. Runs in an isolated world. */

/** A text whose contrast the service checks against the pixels behind it. Lengths in CSS pixels. */
interface PageText {
  field: string | null;
  /** sRGB 0 to 255 and alpha 0 to 1. Null where CSS does not tell it: gradients, blending. */
  color: [number, number, number, number] | null;
  /** False: its contrast is not checked, but it is still a neighbour of other texts. */
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

export interface PageChecks {
  /** Call it after the text is fitted. */
  run(): Promise<PageVerdict>;
}

export function createPageChecks(
  placement: PagePlacement,
  overlaps: PageOverlaps,
  glyphs: PageGlyphs,
): PageChecks {
  type Rect = PlacedText['rects'][number];
  interface Run extends PlacedText {
    field: string | null;
  }

  /** Lines of one text that the service looks at. */
  const MAX_LINES = 24;
  /** Two letters or digits. A single one, or an ornament, is not read as text. */
  const READABLE = /[\p{L}\p{N}].*[\p{L}\p{N}]/su;
  /** Addresses of images that can be enlarged without loss; see `serveAsset` of the origin. */
  const SVG = /\.svg$|^data:image\/svg/;

  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

  /** Boxes of at least half a pixel, one for each line. */
  function visibleRects(node: Text): Rect[] {
    return rectsOf(node, 0, node.length)
      .filter((r) => r.width > 0.5 && r.height > 0.5)
      .map(({ left, top, right, bottom }) => ({ left, top, right, bottom }));
  }

  /** Every element that directly shows text, and the boxes of that text. */
  function textRuns(): Run[] {
    const runs = new Map<HTMLElement, Run>();
    for (const node of textNodesIn(document.body)) {
      const element = node.parentElement;
      const text = node.data;
      if (!element || text.trim() === '' || element.closest('[aria-hidden="true"], svg')) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const rects = visibleRects(node);
      if (rects.length === 0) continue;
      const run = runs.get(element);
      if (run) {
        run.rects.push(...rects);
        run.nodes.push(node);
        run.text += text;
        continue;
      }
      const style = getComputedStyle(element);
      const fontPx = Number.parseFloat(style.fontSize);
      const nodes = [node];
      runs.set(element, { element, style, field: fieldOf(element), fontPx, rects, text, nodes });
    }
    return [...runs.values()];
  }

  type Color = [number, number, number, number];
  /** Colours by their CSS text. Reading a pixel back is the slowest step for a text. */
  const colors = new Map<string, Color>();
  const MAX_COLORS = 500;

  /** Any CSS colour, `oklch()` too, as sRGB 0 to 255 with alpha 0 to 1. */
  function parseColor(color: string): Color | null {
    const known = colors.get(color);
    if (known || !context) return known ?? null;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = 'transparent';
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
    if (colors.size >= MAX_COLORS) colors.clear();
    const parsed: Color = [r, g, b, a / 255];
    colors.set(color, parsed);
    return parsed;
  }

  function paintsBackground(style: CSSStyleDeclaration): boolean {
    return style.backgroundImage !== 'none' || style.backgroundColor !== 'rgba(0, 0, 0, 0)';
  }

  /** The text's colour. Null if compositing (blending, filters, masks, opacity) changes it. */
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
      // Opacity applies to text and background together, so the colour alone does not tell.
      if (opacity < 1 && overBackground) return null;
      alpha *= opacity;
    }
    const color = parseColor(fill);
    // Alpha below 0.2: gradient text, or text so faint that only the pixels show its colour.
    if (!color || color[3] * alpha < 0.2) return null;
    return [color[0], color[1], color[2], color[3] * alpha];
  }

  function forContrast(run: Run): PageText {
    const color = certainColor(run);
    return {
      field: run.field,
      color,
      // If the colour has to be read from pixels, the pixels of an emoji would be taken for it.
      legible: READABLE.test(run.text) && (color !== null || !EMOJI.test(run.text)),
      fontPx: run.fontPx,
      bold: Number(run.style.fontWeight) >= 700,
      lines: run.rects
        .slice(0, MAX_LINES)
        .map((r) => [r.left, r.top, r.right - r.left, r.bottom - r.top]),
    };
  }

  function enlargementFindings(): PageFinding[] {
    const found: PageFinding[] = [];
    for (const image of document.images) {
      if (!image.currentSrc || image.naturalWidth === 0 || SVG.test(image.currentSrc)) continue;
      const box = image.getBoundingClientRect();
      const fit = getComputedStyle(image).objectFit;
      const scaleX = (box.width * devicePixelRatio) / image.naturalWidth;
      const scaleY = (box.height * devicePixelRatio) / image.naturalHeight;
      const scale = fit === 'contain' ? Math.min(scaleX, scaleY) : Math.max(scaleX, scaleY);
      // An image made for scale 1 may be shown at 2. Above that its pixels become visible.
      if (scale / devicePixelRatio <= 2) continue;
      const detail = { width: image.naturalWidth, height: image.naturalHeight };
      found.push({ code: 'picture_too_small', field: fieldOf(image), detail });
    }
    return found;
  }

  const api: PageChecks = {
    async run() {
      const runs = textRuns();
      await glyphs.prepare();
      // First: it removes lines that are cut off from `rects`, which the other checks read.
      const cuts = runs.map(placement.cut);
      const overlapping = overlaps.find(runs);
      const findings: PageFinding[] = enlargementFindings();
      runs.forEach((run, i) => {
        const note = (code: PageFinding['code']) =>
          findings.push({ code, field: run.field, detail: {} });
        const outcome = cuts[i];
        if (outcome === 'clipped') note('text_clipped');
        else if (outcome === 'shortened') note('text_shortened');
        else if (placement.isOverflowing(run)) note('text_overflows');
        else if (placement.isNearEdge(run)) note('text_near_edge');
        if (overlapping[i]) note('text_overlaps');
        findings.push(...glyphs.findings(run));
      });
      const visible = runs.filter((run) => run.rects.length > 0);
      return { findings, texts: visible.map(forContrast) };
    },
  };
  return api;
}
