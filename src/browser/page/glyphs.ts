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
  /**
   * Call it first: a face that is not loaded yet would look like a missing one. Those of the texts
   * are loaded by their layout.
   */
  prepare(): Promise<void>;
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
  /** Without any of these, each character is a cluster. */
  const COMPOSED =
    /[\p{M}\p{Default_Ignorable_Code_Point}\p{Regional_Indicator}\p{Emoji_Modifier}\u1100-\u11ff\u0e33\u0eb3]/u;
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
  /** Of each font (families, weight, slope), where the glyphs of a cluster come from. */
  const known = new Map<string, Map<string, Source>>();
  /** Clusters in it; all are forgotten when there are too many. */
  let kept = 0;
  const MAX_KEPT = 20_000;
  let areProbesLoaded = false;
  const pictures = new Map<string, number>();

  /** With weight and slope: a bold face may lack what the regular one has. */
  function fontOf(style: CSSStyleDeclaration, families: string): string {
    return `${style.fontStyle.split(' ')[0]} ${style.fontWeight} ${GLYPH_PX}px ${families}`;
  }

  let used = '';

  function width(font: string, text: string): number {
    if (!context) return 0;
    // Even the same font is looked up anew.
    if (used !== font) context.font = font;
    used = font;
    return context.measureText(text).width;
  }

  /** What is drawn, as a number: equal pictures have equal ones. */
  function picture(font: string, text: string): number {
    const key = `${font} ${text}`;
    const seen = pictures.get(key);
    if (seen !== undefined || !context) return seen ?? 0;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.font = font;
    used = font;
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

  function sourcesOf(run: GlyphRun): Map<string, Source> {
    const font = fontOf(run.style, run.style.fontFamily);
    let sources = known.get(font);
    if (!sources) {
      sources = new Map();
      known.set(font, sources);
    }
    return sources;
  }

  /** In parts that are measured in one piece: side by side no two clusters draw each other. */
  function joined(list: string[]): { text: string; members: string[] }[] {
    const parts: { text: string; members: string[] }[] = [];
    for (const cluster of list) {
      const last = parts.at(-1);
      if (last && last.text.length + cluster.length < MAX_AT_ONCE) {
        last.text += ` ${cluster}`;
        last.members.push(cluster);
      } else parts.push({ text: cluster, members: [cluster] });
    }
    return parts;
  }

  /**
   * Looks for the glyphs of clusters that were not seen yet in this font. Most texts are drawn by
   * fonts that have all of their letters, and two looks say so: each walks down the families, which
   * is what costs.
   */
  function learn(run: GlyphRun, sources: Map<string, Source>, unseen: string[]): void {
    const font = fontOf(run.style, run.style.fontFamily);
    for (const cluster of unseen) if (NOTHING_TO_DRAW.test(cluster)) sources.set(cluster, 'own');
    // Emoji always come from the emoji font; that is no fallback.
    for (const cluster of unseen.filter((one) => EMOJI.test(one))) {
      if (lacks(run, cluster)) sources.set(cluster, 'missing');
      else sources.set(cluster, isInParts(font, cluster) ? 'in_parts' : 'own');
    }
    const letters = unseen.filter((cluster) => !sources.has(cluster));
    const present: string[] = [];
    for (const { text, members } of joined(letters)) {
      const isComplete = !lacks(run, text);
      for (const cluster of members) {
        if (isComplete || !lacks(run, cluster)) present.push(cluster);
        else sources.set(cluster, 'missing');
      }
    }
    for (const { text, members } of joined(present)) {
      const isOwn = !isByOthers(run, text);
      for (const cluster of members) {
        sources.set(cluster, isOwn || !isByOthers(run, cluster) ? 'own' : 'stepped_in');
      }
    }
  }

  /** Dividing by the rules of Unicode costs ten times as much as dividing into characters. */
  function clustersOf(text: string): Set<string> {
    if (!COMPOSED.test(text)) return new Set(text);
    return new Set(Array.from(clusters.segment(text), ({ segment }) => segment));
  }

  /** The clusters of a text, by where their glyphs come from. */
  function bySource(run: GlyphRun): Record<Source, string[]> {
    const of = { own: [], stepped_in: [], missing: [], in_parts: [] } as Record<Source, string[]>;
    const shown = clustersOf(run.text.replaceAll(/\s+/g, ' '));
    let sources = sourcesOf(run);
    const unseen = [...shown].filter((cluster) => !sources.has(cluster));
    if (unseen.length > 0) {
      if (kept + unseen.length > MAX_KEPT) {
        known.clear();
        kept = 0;
        sources = sourcesOf(run);
        unseen.splice(0, unseen.length, ...shown);
      }
      kept += unseen.length;
      learn(run, sources, unseen);
    }
    for (const cluster of shown) of[sources.get(cluster) ?? 'own'].push(cluster);
    return of;
  }

  const api: PageGlyphs = {
    async prepare() {
      if (!areProbesLoaded) {
        const font = (probe: string) => `${GLYPH_PX}px ${probe}`;
        const loading = [NOTHING, EVERYTHING].map((probe) => document.fonts.load(font(probe), ' '));
        await Promise.all(loading);
        areProbesLoaded = true;
      }
      if (document.fonts.status === 'loading') await document.fonts.ready;
    },
    findings(run) {
      const of = bySource(run);
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
