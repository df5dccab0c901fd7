/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Where text is painted, as opposed to the boxes of its lines: glyphs of many scripts reach out of
 * them. Runs in an isolated world.
 */
export interface PageInk {
  /** What text of this style is written in. */
  face(style: CSSStyleDeclaration): InkFace;
  /** How far a text reaches above and below its baseline at most, in pixels. */
  reach(face: InkFace, text: string): InkExtent;
  /** How high the boxes of letters are above and below the baseline, as layout rounds it. */
  metrics(face: InkFace): { ascent: number; descent: number };
  /**
   * Where the baseline of a fragment of text is, from the top of its box. Undefined where it is
   * turned, scaled or set vertically: its box is then that of something else.
   */
  baseline(face: InkFace, height: number): number | undefined;
  /** What is painted of a text node: its letters with their marks, or words where these join. */
  pieces(node: Text, face: InkFace): InkPiece[];
  /** Whether any pixel of it is painted within a box. */
  paints(piece: InkPiece, box: InkBox): boolean;
  /** Whether any pixel of one is painted over a pixel of the other. */
  touches(a: InkPiece, b: InkPiece): boolean;
}

/** In CSS pixels of the card. */
export interface InkBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What text is written in, and what was measured in it. */
export interface InkFace {
  font: string;
  caps: string;
  /** As the style shows the text: in capitals, or as it is. */
  transform: string;
  isHorizontal: boolean;
  extents: Map<string, InkExtent>;
  metrics?: { ascent: number; descent: number };
}

/** Of ink, from where the text begins on its baseline. */
interface InkExtent {
  above: number;
  below: number;
  left: number;
  right: number;
}

/** A piece of text and the box of its pixels. */
export interface InkPiece {
  text: string;
  face: InkFace;
  /** Where it begins on its baseline. */
  origin: { x: number; y: number };
  ink: InkBox;
  /** The middle of its line. */
  middle: number;
}

export function createPageInk(): PageInk {
  /** Letters whose shape depends on their neighbours: measured alone they would be others. */
  const JOINED =
    /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Phags_Pa}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Balinese}\p{Script=Javanese}]/u;
  /** More are kept than a card has texts; a body of the next job often repeats some. */
  const MAX_KEPT = 4_000;
  /** Pixels darker than this are of a glyph, and not of its soft edge. */
  const SOLID = 96;
  /** Fewer common pixels than this are a point of contact that nobody sees. */
  const MIN_COMMON_PIXELS = 3;
  const MAX_SIDE_PX = 1_024;

  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const faces = new Map<string, InkFace>();
  let kept = 0;
  const segmenters = {
    letters: new Intl.Segmenter(undefined, { granularity: 'grapheme' }),
    words: new Intl.Segmenter(undefined, { granularity: 'word' }),
  };

  function faceOf(style: CSSStyleDeclaration): InkFace {
    const font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const [caps, transform] = [style.fontVariantCaps, style.textTransform];
    const isHorizontal = style.writingMode.startsWith('horizontal');
    const key = `${font} ${caps} ${transform} ${isHorizontal}`;
    let face = faces.get(key);
    if (!face) {
      face = { font, caps, transform, isHorizontal, extents: new Map() };
      faces.set(key, face);
    }
    return face;
  }

  /** As the style shows it. */
  function shown({ transform }: InkFace, text: string): string {
    if (transform === 'none') return text;
    if (transform.includes('uppercase')) return text.toUpperCase();
    if (transform.includes('lowercase')) return text.toLowerCase();
    if (!transform.includes('capitalize')) return text;
    return text.replaceAll(/(?<![\p{L}\p{M}\p{N}'’])\p{Ll}/gu, (letter) => letter.toUpperCase());
  }

  let used: InkFace | undefined;

  function use(face: InkFace): void {
    if (!context || used === face) return;
    used = face;
    context.font = face.font;
    context.fontVariantCaps = face.caps as CanvasFontVariantCaps;
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
  }

  function extent(face: InkFace, text: string): InkExtent {
    const known = face.extents.get(text);
    if (known || !context) return known ?? { above: 0, below: 0, left: 0, right: 0 };
    kept += 1;
    if (kept > MAX_KEPT) {
      kept = 1;
      for (const one of faces.values()) one.extents.clear();
    }
    use(face);
    const found = context.measureText(shown(face, text));
    const result = {
      above: found.actualBoundingBoxAscent,
      below: found.actualBoundingBoxDescent,
      left: -found.actualBoundingBoxLeft,
      right: found.actualBoundingBoxRight,
    };
    face.extents.set(text, result);
    return result;
  }

  /** Of the first font of the style, which decides where baselines are, rounded as layout does. */
  function metricsOf(face: InkFace): { ascent: number; descent: number } {
    if (!face.metrics && context) {
      use(face);
      const { fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText('x');
      face.metrics = {
        ascent: Math.round(fontBoundingBoxAscent),
        descent: Math.round(fontBoundingBoxDescent),
      };
    }
    return face.metrics ?? { ascent: 0, descent: 0 };
  }

  function baseline(face: InkFace, height: number): number | undefined {
    if (!face.isHorizontal) return undefined;
    const { ascent, descent } = metricsOf(face);
    return Math.abs(ascent + descent - height) > 1.5 ? undefined : ascent;
  }

  function rectsOf(node: Text, start: number, end: number): DOMRect[] {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    return [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
  }

  function pieceAt(face: InkFace, text: string, rect: DOMRect): InkPiece | undefined {
    const ascent = baseline(face, rect.height);
    if (ascent === undefined) return undefined;
    const { above, below, left, right } = extent(face, text);
    const origin = { x: rect.left, y: rect.top + ascent };
    const ink = {
      left: origin.x + left,
      top: origin.y - above,
      right: origin.x + right,
      bottom: origin.y + below,
    };
    return { text, face, origin, ink, middle: (rect.top + rect.bottom) / 2 };
  }

  function pieces(node: Text, face: InkFace): InkPiece[] {
    const found: InkPiece[] = [];
    if (!face.isHorizontal) return found;
    const take = (text: string, rects: DOMRect[], whole = text) => {
      // Of a line that ends early there are two: as it was, and with its ellipsis, which is painted.
      const rect = rects.at(-1);
      const piece = rect && pieceAt(face, text, rect);
      if (!piece) return;
      if (whole !== text) {
        // Where a word is divided, its letters keep the form that they have within it.
        const { above, below } = extent(face, whole);
        piece.ink.top = Math.max(piece.ink.top, piece.origin.y - above);
        piece.ink.bottom = Math.min(piece.ink.bottom, piece.origin.y + below);
      }
      found.push(piece);
    };
    /** A word with what follows of it in the next node, of a text that ends early. */
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
    /** A word that goes on in another line is one piece in each of them. */
    const takeDivided = (word: string, from: number) => {
      const whole = wholeOf(word, from + word.length);
      let start = 0;
      let last: DOMRect[] = [];
      for (const { segment, index } of segmenters.letters.segment(word)) {
        const rects = rectsOf(node, from + index, from + index + segment.length);
        const [before, now] = [last.at(-1), rects.at(-1)];
        if (before && now && Math.abs(now.top - before.top) > 1) {
          take(word.slice(start, index), rectsOf(node, from + start, from + index), whole);
          start = index;
        }
        if (now) last = rects;
      }
      const end = from + word.length;
      take(word.slice(start), rectsOf(node, from + start, end), whole);
    };
    if (!JOINED.test(node.data)) {
      takeLetters(node.data, 0);
      return found;
    }
    for (const { segment, index } of segmenters.words.segment(node.data)) {
      if (segment.trim() === '') continue;
      const rects = rectsOf(node, index, index + segment.length);
      const [first] = rects;
      if (!JOINED.test(segment)) takeLetters(segment, index);
      else if (rects.every(({ top }) => Math.abs(top - (first?.top ?? 0)) <= 1)) {
        take(segment, rects, wholeOf(segment, index + segment.length));
      } else takeDivided(segment, index);
    }
    return found;
  }

  /** The alpha of a piece over an area. */
  function coverage(piece: InkPiece, area: InkBox, width: number, height: number) {
    if (!context) return undefined;
    if (canvas.width < width || canvas.height < height) {
      canvas.width = Math.max(canvas.width, width);
      canvas.height = Math.max(canvas.height, height);
      // A canvas of a new size forgets its font.
      used = undefined;
    }
    use(piece.face);
    context.clearRect(0, 0, width, height);
    const { x, y } = piece.origin;
    context.fillText(shown(piece.face, piece.text), x - area.left, y - area.top);
    return context.getImageData(0, 0, width, height).data;
  }

  function areaOf(a: InkBox, b: InkBox): InkBox & { width: number; height: number } {
    const left = Math.floor(Math.max(a.left, b.left));
    const top = Math.floor(Math.max(a.top, b.top));
    const right = Math.ceil(Math.min(a.right, b.right));
    const bottom = Math.ceil(Math.min(a.bottom, b.bottom));
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  }

  function paints(piece: InkPiece, box: InkBox): boolean {
    const area = areaOf(piece.ink, box);
    const { width, height } = area;
    if (width <= 0 || height <= 0) return false;
    if (width > MAX_SIDE_PX || height > MAX_SIDE_PX) return true;
    const alpha = coverage(piece, area, width, height);
    if (!alpha) return true;
    let solid = 0;
    for (let i = 3; i < alpha.length; i += 4) if ((alpha[i] ?? 0) > SOLID) solid += 1;
    return solid >= MIN_COMMON_PIXELS;
  }

  function touches(a: InkPiece, b: InkPiece): boolean {
    const area = areaOf(a.ink, b.ink);
    const { width, height } = area;
    if (width <= 0 || height <= 0) return false;
    if (width > MAX_SIDE_PX || height > MAX_SIDE_PX) return true;
    const first = coverage(a, area, width, height);
    const second = coverage(b, area, width, height);
    if (!first || !second) return true;
    let common = 0;
    for (let i = 3; i < first.length; i += 4) {
      if ((first[i] ?? 0) > SOLID && (second[i] ?? 0) > SOLID) common += 1;
    }
    return common >= MIN_COMMON_PIXELS;
  }

  const api: PageInk = {
    face: faceOf,
    reach: extent,
    metrics: metricsOf,
    baseline,
    pieces,
    paints,
    touches,
  };
  return api;
}
