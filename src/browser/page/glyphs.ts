/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { EMPTY_PROBE, FULL_PROBE, OWN_PREFIX, PROBE_EM } from '../own-families.js';
import { EMOJI } from './emoji.js';
import type { PageFinding } from './page-api.js';

/** Whether the fonts of a text have its characters. Runs in an isolated world. */

/** A text with its computed style. */
interface GlyphRun {
  text: string;
  style: CSSStyleDeclaration;
  field: string | null;
}

export interface PageGlyphs {
  /**
   * Call it before `findings`: a character of a font that is not loaded yet would seem to be missing.
   * Loads the probe fonts; layout has begun to load the fonts of the texts.
   */
  prepare(): Promise<void>;
  findings(run: GlyphRun): PageFinding[];
}

export function createPageGlyphs(): PageGlyphs {
  const GLYPH_PX = 24;
  const PROBE_PX = PROBE_EM * GLYPH_PX;
  const [EMPTY, FULL] = [`"${EMPTY_PROBE}"`, `"${FULL_PROBE}"`];
  /** No real glyph is wider. So a shorter text than this is narrower than one glyph of a probe. */
  const MAX_GLYPH_EM = 4;
  const MAX_AT_ONCE = Math.floor(PROBE_EM / MAX_GLYPH_EM);
  /** Characters that one finding lists. */
  const MAX_LISTED = 8;
  /** Clusters that paint nothing. */
  const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Control}]*$/u;
  /** In text without any of these, each character is a grapheme cluster. */
  const COMPOSED =
    /[\p{M}\p{Default_Ignorable_Code_Point}\p{Regional_Indicator}\p{Emoji_Modifier}\u1100-\u11ff\u0e33\u0eb3]/u;
  const FLAG = /^\p{Regional_Indicator}{2}$/u;
  /** Tag characters, as in flags of regions. */
  const TAGGED = /[\u{e0020}-\u{e007f}]/u;
  /** The flag QQ of no country: ISO 3166 reserves QM to QZ for private use. */
  const NO_FLAG = '\u{1f1f6}\u{1f1f6}';
  /** The flag of a region `zzz999`, which does not exist. */
  const NO_REGION = '\u{1f3f4}\u{e007a}\u{e007a}\u{e007a}\u{e0039}\u{e0039}\u{e0039}\u{e007f}';
  /** An emoji wider than so many is drawn as several ones side by side. */
  const IN_PARTS_RATIO = 1.5;
  /** Families that `font-families.ts` puts before those of the template. */
  const isOwnFamily = (family: string) => family.replace(/^["']/, '').startsWith(OWN_PREFIX);
  const GENERIC = /^(serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|math|emoji)$/;

  /**
   * Which font draws a cluster: the first family of the template, another one, none, or the emoji font
   * as several emoji.
   */
  type Source = 'own' | 'fallback' | 'missing' | 'in_parts';
  const canvas = new OffscreenCanvas(GLYPH_PX * 3, GLYPH_PX * 2);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
  /** Sources of clusters by font (families, weight, style). */
  const known = new Map<string, Map<string, Source>>();
  /** Number of clusters in `known`; above `MAX_KEPT` all are forgotten. */
  let kept = 0;
  const MAX_KEPT = 20_000;
  let areProbesLoaded = false;
  /** Results of `pixelHash`. */
  const pixelHashes = new Map<string, number>();

  /** With weight and slope: a bold face may lack what the regular one has. */
  function fontOf(style: CSSStyleDeclaration, families: string): string {
    return `${style.fontStyle.split(' ')[0]} ${style.fontWeight} ${GLYPH_PX}px ${families}`;
  }

  /** The font that is set in the canvas. */
  let currentFont = '';

  function width(font: string, text: string): number {
    if (!context) return 0;
    // Setting even the same font makes Chromium look it up again.
    if (currentFont !== font) context.font = font;
    currentFont = font;
    return context.measureText(text).width;
  }

  /** A hash of the pixels of a text. */
  function pixelHash(font: string, text: string): number {
    const key = `${font} ${text}`;
    const seen = pixelHashes.get(key);
    if (seen !== undefined || !context) return seen ?? 0;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.font = font;
    currentFont = font;
    context.fillText(text, 4, GLYPH_PX * 1.4);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let hash = 0;
    for (const value of data) hash = (Math.imul(hash, 31) + value) | 0;
    if (pixelHashes.size > 2_000) pixelHashes.clear();
    pixelHashes.set(key, hash);
    return hash;
  }

  /**
   * Whether the emoji font does not have an emoji of several characters. It then draws its parts side
   * by side; a flag of a country as a flag with a question mark, a flag of a region as a black flag.
   */
  function isInParts(font: string, cluster: string): boolean {
    const points = [...cluster].filter((point) => point !== '\ufe0f');
    if (points.length < 2) return false;
    const whole = width(font, cluster);
    if (whole > IN_PARTS_RATIO * width(font, '\u{1f600}')) return true;
    if (FLAG.test(cluster)) return pixelHash(font, cluster) === pixelHash(font, NO_FLAG);
    if (!TAGGED.test(cluster)) return false;
    const shown = pixelHash(font, cluster);
    return [points[0] ?? '', NO_REGION, NO_FLAG].some((other) => shown === pixelHash(font, other));
  }

  /** The first family that the template itself names. */
  function firstOf(families: string): string {
    return families.split(/,\s*/).find((family) => !isOwnFamily(family)) ?? '';
  }

  /** The same without quotes. */
  function nameOf(families: string): string {
    return firstOf(families).replaceAll(/["']/g, '');
  }

  /** Whether no font has some character of the text. */
  function isMissing(run: GlyphRun, text: string): boolean {
    return width(fontOf(run.style, `${EMPTY}, ${run.style.fontFamily}`), text) >= PROBE_PX;
  }

  /** Whether the template's first family does not have some character of the text. */
  function needsFallback(run: GlyphRun, text: string): boolean {
    const { fontFamily } = run.style;
    if (GENERIC.test(nameOf(fontFamily))) return false;
    const font = fontOf(run.style, `${firstOf(fontFamily)}, ${FULL}`);
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

  /** Clusters in groups that are measured at once. Spaces keep them from forming ligatures. */
  function grouped(list: string[]): { text: string; members: string[] }[] {
    const groups: { text: string; members: string[] }[] = [];
    for (const cluster of list) {
      const last = groups.at(-1);
      if (last && last.text.length + cluster.length < MAX_AT_ONCE) {
        last.text += ` ${cluster}`;
        last.members.push(cluster);
      } else groups.push({ text: cluster, members: [cluster] });
    }
    return groups;
  }

  /**
   * Finds the sources of clusters that are new in this font. A measurement is slow, because it goes
   * through all families. Most texts need only two: for all of their letters nothing is missing, and
   * no fallback is needed.
   */
  function findSources(run: GlyphRun, sources: Map<string, Source>, unseen: string[]): void {
    const font = fontOf(run.style, run.style.fontFamily);
    for (const cluster of unseen) if (INVISIBLE.test(cluster)) sources.set(cluster, 'own');
    // Emoji always come from the emoji font; that is no fallback.
    for (const cluster of unseen.filter((one) => EMOJI.test(one))) {
      if (isMissing(run, cluster)) sources.set(cluster, 'missing');
      else sources.set(cluster, isInParts(font, cluster) ? 'in_parts' : 'own');
    }
    const letters = unseen.filter((cluster) => !sources.has(cluster));
    const present: string[] = [];
    for (const { text, members } of grouped(letters)) {
      const isComplete = !isMissing(run, text);
      for (const cluster of members) {
        if (isComplete || !isMissing(run, cluster)) present.push(cluster);
        else sources.set(cluster, 'missing');
      }
    }
    for (const { text, members } of grouped(present)) {
      const isOwn = !needsFallback(run, text);
      for (const cluster of members) {
        sources.set(cluster, isOwn || !needsFallback(run, cluster) ? 'own' : 'fallback');
      }
    }
  }

  /** `Intl.Segmenter` takes ten times as long as dividing into characters. */
  function clustersOf(text: string): Set<string> {
    if (!COMPOSED.test(text)) return new Set(text);
    return new Set(Array.from(clusters.segment(text), ({ segment }) => segment));
  }

  /** The clusters of a text, by where their glyphs come from. */
  function bySource(run: GlyphRun): Record<Source, string[]> {
    const found = { own: [], fallback: [], missing: [], in_parts: [] } as Record<Source, string[]>;
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
      findSources(run, sources, unseen);
    }
    for (const cluster of shown) found[sources.get(cluster) ?? 'own'].push(cluster);
    return found;
  }

  const api: PageGlyphs = {
    async prepare() {
      if (!areProbesLoaded) {
        const font = (probe: string) => `${GLYPH_PX}px ${probe}`;
        const loading = [EMPTY, FULL].map((probe) => document.fonts.load(font(probe), ' '));
        await Promise.all(loading);
        areProbesLoaded = true;
      }
      if (document.fonts.status === 'loading') await document.fonts.ready;
    },
    findings(run) {
      const found = bySource(run);
      const codes = {
        glyph_missing: found.missing,
        emoji_in_parts: found.in_parts,
        font_stepped_in: found.fallback,
      };
      return Object.entries(codes).flatMap(([code, list]): PageFinding[] => {
        if (list.length === 0) return [];
        const characters = list.slice(0, MAX_LISTED).join(' ');
        const detail = { characters, family: nameOf(run.style.fontFamily) };
        return [{ code: code as keyof typeof codes, field: run.field, detail }];
      });
    },
  };
  return api;
}
