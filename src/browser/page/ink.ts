/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { rectsOf } from './text-nodes.js';

/**
 * Ink: the pixels that text paints, as opposed to the boxes of its lines. Glyphs of many scripts
 * reach beyond these boxes. Lengths are in CSS pixels. Runs in an isolated world.
 */
export interface PageInk {
  /** The font of text with this computed style. `strokePx`: width of the outline; default 0. */
  fontOf(style: CSSStyleDeclaration, strokePx?: number): InkFont;
  /** The box of a text's ink if all of the text were in one line. */
  extent(font: InkFont, text: string): InkExtent;
  /** Height of the boxes of letters above and below the baseline, in whole pixels as in layout. */
  metrics(font: InkFont): { ascent: number; descent: number };
  /**
   * Distance of the baseline from the top of a text's box of this height. Undefined if the text is
   * rotated, scaled or vertical: the height of its box then differs from that of its letters.
   */
  baseline(font: InkFont, height: number): number | undefined;
  /** The pieces of a text node: letters with their marks, or words where letters are connected. */
  pieces(node: Text, font: InkFont): InkPiece[];
  /** Whether a visible number of the piece's pixels is within a box. */
  paints(piece: InkPiece, box: InkBox): boolean;
  /** Whether a visible number of pixels belongs to both pieces. */
  touches(a: InkPiece, b: InkPiece): boolean;
}

/** In CSS pixels, from the top left corner of the image. */
export interface InkBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A font with what changes the glyphs of a text, and what was measured in it. */
export interface InkFont {
  /** The CSS shorthand `font`. */
  font: string;
  /** `font-variant-caps`. */
  caps: string;
  /** `text-transform`. */
  transform: string;
  /** Width of an outline that is painted too. It is centred on the edge of the glyphs. */
  strokePx: number;
  isHorizontal: boolean;
  /** Extents by text. */
  extents: Map<string, InkExtent>;
  metrics?: { ascent: number; descent: number };
}

/** Sides of the box of ink, as distances from the start of the text on its baseline. */
interface InkExtent {
  above: number;
  below: number;
  left: number;
  right: number;
}

/** A piece of text and the box of its pixels. */
export interface InkPiece {
  text: string;
  font: InkFont;
  /** The start of the text on its baseline. */
  origin: { x: number; y: number };
  ink: InkBox;
  /** The vertical middle of its line. */
  middle: number;
}

export function createPageInk(): PageInk {
  /** Scripts whose letters have another shape alone than in a word, so words are measured. */
  const CONTEXTUAL =
    /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Phags_Pa}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Balinese}\p{Script=Javanese}]/u;
  /** Extents that are kept, of all fonts. More than one image needs: the next job repeats some. */
  const MAX_KEPT = 4_000;
  /** Alpha, 0 to 255, above which a pixel is of a glyph and not of its anti-aliased edge. */
  const SOLID_ALPHA = 96;
  /** Fewer pixels than this are not visible as a cut or an overlap. */
  const MIN_VISIBLE_PIXELS = 3;
  /** Larger areas are not drawn and compared; they count as painted. */
  const MAX_SIDE_PX = 1_024;

  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const fonts = new Map<string, InkFont>();
  let keptExtents = 0;
  const segmenters = {
    letters: new Intl.Segmenter(undefined, { granularity: 'grapheme' }),
    words: new Intl.Segmenter(undefined, { granularity: 'word' }),
  };

  function fontOf(style: CSSStyleDeclaration, strokePx = 0): InkFont {
    const shorthand = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const [caps, transform] = [style.fontVariantCaps, style.textTransform];
    const isHorizontal = style.writingMode.startsWith('horizontal');
    const key = `${shorthand} ${caps} ${transform} ${isHorizontal} ${strokePx}`;
    let font = fonts.get(key);
    if (!font) {
      font = { font: shorthand, caps, transform, strokePx, isHorizontal, extents: new Map() };
      fonts.set(key, font);
    }
    return font;
  }

  /** The text after `text-transform`. */
  function transformed({ transform }: InkFont, text: string): string {
    if (transform === 'none') return text;
    if (transform.includes('uppercase')) return text.toUpperCase();
    if (transform.includes('lowercase')) return text.toLowerCase();
    if (!transform.includes('capitalize')) return text;
    return text.replaceAll(/(?<![\p{L}\p{M}\p{N}'’])\p{Ll}/gu, (letter) => letter.toUpperCase());
  }

  /** The font that is set in the canvas; setting it is slow. */
  let current: InkFont | undefined;

  function use(font: InkFont): void {
    if (!context || current === font) return;
    current = font;
    context.font = font.font;
    context.fontVariantCaps = font.caps as CanvasFontVariantCaps;
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
    context.lineWidth = font.strokePx;
    // As Chromium paints `-webkit-text-stroke`.
    context.lineJoin = 'miter';
    context.miterLimit = 4;
  }

  function extent(font: InkFont, text: string): InkExtent {
    const known = font.extents.get(text);
    if (known || !context) return known ?? { above: 0, below: 0, left: 0, right: 0 };
    keptExtents += 1;
    if (keptExtents > MAX_KEPT) {
      keptExtents = 1;
      for (const one of fonts.values()) one.extents.clear();
    }
    use(font);
    const found = context.measureText(transformed(font, text));
    const stroke = font.strokePx / 2;
    const result = {
      above: found.actualBoundingBoxAscent + stroke,
      below: found.actualBoundingBoxDescent + stroke,
      left: -found.actualBoundingBoxLeft - stroke,
      right: found.actualBoundingBoxRight + stroke,
    };
    font.extents.set(text, result);
    return result;
  }

  /** Of the first family, whose baseline is that of the line. */
  function metricsOf(font: InkFont): { ascent: number; descent: number } {
    if (!font.metrics && context) {
      use(font);
      const { fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText('x');
      font.metrics = {
        ascent: Math.round(fontBoundingBoxAscent),
        descent: Math.round(fontBoundingBoxDescent),
      };
    }
    return font.metrics ?? { ascent: 0, descent: 0 };
  }

  function baseline(font: InkFont, height: number): number | undefined {
    if (!font.isHorizontal) return undefined;
    const { ascent, descent } = metricsOf(font);
    return Math.abs(ascent + descent - height) > 1.5 ? undefined : ascent;
  }

  function pieceAt(font: InkFont, text: string, rect: DOMRect): InkPiece | undefined {
    const ascent = baseline(font, rect.height);
    if (ascent === undefined) return undefined;
    const { above, below, left, right } = extent(font, text);
    const origin = { x: rect.left, y: rect.top + ascent };
    const ink = {
      left: origin.x + left,
      top: origin.y - above,
      right: origin.x + right,
      bottom: origin.y + below,
    };
    return { text, font, origin, ink, middle: (rect.top + rect.bottom) / 2 };
  }

  function pieces(node: Text, font: InkFont): InkPiece[] {
    const found: InkPiece[] = [];
    if (!font.isHorizontal) return found;
    /** `whole`: the word of which `text` is a part. */
    const take = (text: string, rects: DOMRect[], whole = text) => {
      // Text that ends with an ellipsis has two boxes. The last one is with the ellipsis, as painted.
      const rect = rects.at(-1);
      const piece = rect && pieceAt(font, text, rect);
      if (!piece) return;
      if (whole !== text) {
        // The letters of a divided word keep the shape that they have in the whole word.
        const { above, below } = extent(font, whole);
        piece.ink.top = Math.max(piece.ink.top, piece.origin.y - above);
        piece.ink.bottom = Math.min(piece.ink.bottom, piece.origin.y + below);
      }
      found.push(piece);
    };
    /** A word with its letters in the next node: hiding text after a clamp splits nodes. */
    const wholeOf = (word: string, end: number) => {
      if (end < node.length) return word;
      const next = node.nextSibling?.textContent ?? '';
      return word + (/^[\p{L}\p{M}]{0,40}/u.exec(next)?.[0] ?? '');
    };
    const takeLetters = (text: string, from: number) => {
      for (const { segment, index } of segmenters.letters.segment(text)) {
        if (segment.trim() === '') continue;
        take(segment, rectsOf(node, from + index, from + index + segment.length));
      }
    };
    /** A word in several lines gives a piece for each line. */
    const takeDivided = (word: string, from: number) => {
      const whole = wholeOf(word, from + word.length);
      let start = 0;
      let last: DOMRect[] = [];
      for (const { segment, index } of segmenters.letters.segment(word)) {
        const rects = rectsOf(node, from + index, from + index + segment.length);
        const [previous, now] = [last.at(-1), rects.at(-1)];
        if (previous && now && Math.abs(now.top - previous.top) > 1) {
          take(word.slice(start, index), rectsOf(node, from + start, from + index), whole);
          start = index;
        }
        if (now) last = rects;
      }
      const end = from + word.length;
      take(word.slice(start), rectsOf(node, from + start, end), whole);
    };
    if (!CONTEXTUAL.test(node.data)) {
      takeLetters(node.data, 0);
      return found;
    }
    for (const { segment, index } of segmenters.words.segment(node.data)) {
      if (segment.trim() === '') continue;
      const rects = rectsOf(node, index, index + segment.length);
      const [first] = rects;
      if (!CONTEXTUAL.test(segment)) takeLetters(segment, index);
      else if (rects.every(({ top }) => Math.abs(top - (first?.top ?? 0)) <= 1)) {
        take(segment, rects, wholeOf(segment, index + segment.length));
      } else takeDivided(segment, index);
    }
    return found;
  }

  /** RGBA bytes of a piece, drawn as it is painted within an area. */
  function pixelsIn(piece: InkPiece, area: InkBox, width: number, height: number) {
    if (!context) return undefined;
    if (canvas.width < width || canvas.height < height) {
      canvas.width = Math.max(canvas.width, width);
      canvas.height = Math.max(canvas.height, height);
      // A new size resets the canvas and its font.
      current = undefined;
    }
    use(piece.font);
    context.clearRect(0, 0, width, height);
    const { x, y } = piece.origin;
    const text = transformed(piece.font, piece.text);
    context.fillText(text, x - area.left, y - area.top);
    if (piece.font.strokePx > 0) context.strokeText(text, x - area.left, y - area.top);
    return context.getImageData(0, 0, width, height).data;
  }

  /** The common part of two boxes, extended to whole pixels. */
  function commonArea(a: InkBox, b: InkBox): InkBox & { width: number; height: number } {
    const left = Math.floor(Math.max(a.left, b.left));
    const top = Math.floor(Math.max(a.top, b.top));
    const right = Math.ceil(Math.min(a.right, b.right));
    const bottom = Math.ceil(Math.min(a.bottom, b.bottom));
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  }

  function paints(piece: InkPiece, box: InkBox): boolean {
    const area = commonArea(piece.ink, box);
    const { width, height } = area;
    if (width <= 0 || height <= 0) return false;
    if (width > MAX_SIDE_PX || height > MAX_SIDE_PX) return true;
    const pixels = pixelsIn(piece, area, width, height);
    if (!pixels) return true;
    let solid = 0;
    for (let i = 3; i < pixels.length; i += 4) if ((pixels[i] ?? 0) > SOLID_ALPHA) solid += 1;
    return solid >= MIN_VISIBLE_PIXELS;
  }

  function touches(a: InkPiece, b: InkPiece): boolean {
    const area = commonArea(a.ink, b.ink);
    const { width, height } = area;
    if (width <= 0 || height <= 0) return false;
    if (width > MAX_SIDE_PX || height > MAX_SIDE_PX) return true;
    const first = pixelsIn(a, area, width, height);
    const second = pixelsIn(b, area, width, height);
    if (!first || !second) return true;
    let common = 0;
    for (let i = 3; i < first.length; i += 4) {
      if ((first[i] ?? 0) > SOLID_ALPHA && (second[i] ?? 0) > SOLID_ALPHA) common += 1;
    }
    return common >= MIN_VISIBLE_PIXELS;
  }

  const api: PageInk = {
    fontOf,
    extent,
    metrics: metricsOf,
    baseline,
    pieces,
    paints,
    touches,
  };
  return api;
}
