/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { PROBE_EM } from '../probe-em.js';
import { EMOJI } from './emoji.js';
import type { PageFinding } from './show.js';

/** Whether fonts have what a text needs. Runs in an isolated world. */

/** A text as it stands in the page: what it says, and the fonts that draw it. */
interface GlyphRun {
  text: string;
  style: CSSStyleDeclaration;
  field: string | null;
}

export interface PageGlyphs {
  /** Call it first: a face that is not loaded yet would look like a missing one. */
  prepare(runs: readonly GlyphRun[]): Promise<void>;
  findings(run: GlyphRun): PageFinding[];
}

export function createPageGlyphs(): PageGlyphs {
  const GLYPH_PX = 24;
  const PROBE_PX = PROBE_EM * GLYPH_PX;
  const [NOTHING, EVERYTHING] = ['"Cardpress Nothing"', '"Cardpress Everything"'];
  /** No letter is wider; of longer texts every cluster is looked at by itself. */
  const MOST_EM = 4;
  const MAX_AT_ONCE = Math.floor(PROBE_EM / MOST_EM);
  const SHOWN = 8;
  const NOTHING_TO_DRAW = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Control}]*$/u;
  const FLAG = /^\p{Regional_Indicator}{2}$/u;
  const TAGGED = /[\u{e0020}-\u{e007f}]/u;
  /** No country has it, and none will: ISO 3166 leaves QM to QZ to its users. */
  const NO_FLAG = '\u{1f1f6}\u{1f1f6}';
  /** No region is called that. */
  const NO_REGION = '\u{1f3f4}\u{e007a}\u{e007a}\u{e007a}\u{e0039}\u{e0039}\u{e0039}\u{e007f}';
  const PARTS = 1.5;
  /** Families that a page puts in front of those of the template. */
  const OURS = /^["']?Cardpress /;
  const GENERIC = /^(serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|math|emoji)$/;

  type Source = 'own' | 'stepped_in' | 'missing' | 'in_parts';
  const canvas = new OffscreenCanvas(GLYPH_PX * 3, GLYPH_PX * 2);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const known = new Map<string, Source>();
  const loaded = new Set<string>();
  const pictures = new Map<string, number>();

  /** With weight and slope: a bold face may lack what the regular one has. */
  function fontOf(style: CSSStyleDeclaration, families: string): string {
    return `${style.fontStyle.split(' ')[0]} ${style.fontWeight} ${GLYPH_PX}px ${families}`;
  }

  function width(font: string, text: string): number {
    if (!context) return 0;
    context.font = font;
    return context.measureText(text).width;
  }

  /** What is drawn, as a number: equal pictures have equal ones. */
  function picture(font: string, text: string): number {
    const key = `${font} ${text}`;
    const seen = pictures.get(key);
    if (seen !== undefined || !context) return seen ?? 0;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.font = font;
    context.fillText(text, 4, GLYPH_PX * 1.4);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let hash = 0;
    for (const value of data) hash = (Math.imul(hash, 31) + value) | 0;
    if (pictures.size > 2_000) pictures.clear();
    pictures.set(key, hash);
    return hash;
  }

  /**
   * Whether the font knows the emoji. One that it does not know is drawn as its parts side by side,
   * a flag as a flag with a question mark, a region's flag as a black one.
   */
  function isInParts(font: string, cluster: string): boolean {
    const points = [...cluster].filter((point) => point !== '\ufe0f');
    if (points.length < 2) return false;
    const whole = width(font, cluster);
    if (whole > PARTS * width(font, '\u{1f600}')) return true;
    if (FLAG.test(cluster)) return picture(font, cluster) === picture(font, NO_FLAG);
    if (!TAGGED.test(cluster)) return false;
    const shown = picture(font, cluster);
    return [points[0] ?? '', NO_REGION, NO_FLAG].some((other) => shown === picture(font, other));
  }

  /** The first family that the template itself names. */
  function firstOf(families: string): string {
    return families.split(/,\s*/).find((family) => !OURS.test(family)) ?? '';
  }

  function nameOf(families: string): string {
    return firstOf(families).replaceAll(/["']/g, '');
  }

  function lacks(run: GlyphRun, text: string): boolean {
    return width(fontOf(run.style, `${NOTHING}, ${run.style.fontFamily}`), text) >= PROBE_PX;
  }

  function isByOthers(run: GlyphRun, text: string): boolean {
    const { fontFamily } = run.style;
    if (GENERIC.test(nameOf(fontFamily))) return false;
    const font = fontOf(run.style, `${firstOf(fontFamily)}, ${EVERYTHING}`);
    return width(font, text) >= PROBE_PX;
  }

  /** Where the glyphs of a cluster come from. Computed once for each font and cluster. */
  function sourceOf(run: GlyphRun, cluster: string): Source {
    const font = fontOf(run.style, run.style.fontFamily);
    const key = `${font} ${cluster}`;
    const seen = known.get(key);
    if (seen) return seen;
    if (known.size > 20_000) known.clear();
    let source: Source = 'own';
    if (lacks(run, cluster)) source = 'missing';
    // Emoji always come from the emoji font; that is no fallback.
    else if (EMOJI.test(cluster)) source = isInParts(font, cluster) ? 'in_parts' : 'own';
    else if (isByOthers(run, cluster)) source = 'stepped_in';
    known.set(key, source);
    return source;
  }

  /** Most texts are drawn by their own font, and one look says so. */
  function isAllOwn(run: GlyphRun): boolean {
    if (run.text.length > MAX_AT_ONCE || EMOJI.test(run.text)) return false;
    return !lacks(run, run.text) && !isByOthers(run, run.text);
  }

  const api: PageGlyphs = {
    async prepare(runs) {
      const faces = new Map<string, string>();
      for (const { style, text } of runs) {
        for (const families of [style.fontFamily, NOTHING, EVERYTHING]) {
          const font = fontOf(style, families);
          const unseen = families === style.fontFamily ? text : ' ';
          const fresh = [...new Set(unseen)].filter((c) => !loaded.has(`${font} ${c}`));
          if (fresh.length > 0) faces.set(font, (faces.get(font) ?? '') + fresh.join(''));
        }
      }
      if (loaded.size > 20_000) loaded.clear();
      const loading = [...faces].map(async ([font, text]) => {
        await document.fonts.load(font, text).catch(() => undefined);
        for (const c of text) loaded.add(`${font} ${c}`);
      });
      await Promise.all(loading);
    },
    findings(run) {
      const of = { own: [], stepped_in: [], missing: [], in_parts: [] } as Record<Source, string[]>;
      const text = run.text.replaceAll(/\s+/g, ' ');
      if (isAllOwn({ ...run, text })) return [];
      for (const cluster of new Set(Array.from(clusters.segment(text), (s) => s.segment))) {
        if (!NOTHING_TO_DRAW.test(cluster)) of[sourceOf(run, cluster)].push(cluster);
      }
      const codes = {
        glyph_missing: of.missing,
        emoji_in_parts: of.in_parts,
        font_stepped_in: of.stepped_in,
      };
      return Object.entries(codes).flatMap(([code, list]): PageFinding[] => {
        if (list.length === 0) return [];
        const characters = list.slice(0, SHOWN).join(' ');
        const detail = { characters, family: nameOf(run.style.fontFamily) };
        return [{ code: code as keyof typeof codes, field: run.field, detail }];
      });
    },
  };
  return api;
}
