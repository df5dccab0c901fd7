/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { InkBox, InkFace, InkPiece, PageInk } from './ink.js';

/** An element that directly shows text, and the boxes of its lines. */
export interface PlacedText {
  element: HTMLElement;
  style: CSSStyleDeclaration;
  fontPx: number;
  rects: InkBox[];
  text: string;
  nodes: Text[];
}

/**
 * Whether text is where it can be seen: not cut off, not under other text. Looks at what is painted.
 * Runs in an isolated world.
 */
export interface PagePlacement {
  /**
   * How text outside of its boxes is cut. `shortened`: it ends with an ellipsis. Leaves only the
   * lines that are to be seen in `rects`.
   */
  cut(text: PlacedText): 'whole' | 'shortened' | 'clipped';
  /** Whether the text leaves the box of its block and covers what is beside it. */
  isOverflowing(text: PlacedText): boolean;
  isNearEdge(text: PlacedText): boolean;
  /** For each of them: whether it runs into itself or into one that comes later. */
  overlaps(texts: PlacedText[]): boolean[];
}

export function createPagePlacement(textInk: PageInk): PagePlacement {
  /** Rounded corners and frames of some feeds cut text closer to the edge than this. */
  const SAFE_EDGE_SHARE = 0.03;
  /** Pairs of letters that are compared pixel by pixel on one card; more come near by no chance. */
  const MAX_COMPARED = 60;
  const EVERYWHERE = Number.POSITIVE_INFINITY;

  interface Clip {
    box: InkBox;
    /** It ends the text with an ellipsis. */
    isGentle: boolean;
  }

  const faces = new WeakMap<PlacedText, InkFace>();
  const pieces = new WeakMap<PlacedText, InkPiece[]>();

  function faceOf(text: PlacedText): InkFace {
    let face = faces.get(text);
    if (!face) {
      face = textInk.face(text.style);
      faces.set(text, face);
    }
    return face;
  }

  function piecesOf(text: PlacedText): InkPiece[] {
    let found = pieces.get(text);
    if (!found) {
      found = text.nodes.flatMap((node) => textInk.pieces(node, faceOf(text)));
      pieces.set(text, found);
    }
    return found;
  }

  function piecesIn(text: PlacedText, { left, top, right, bottom }: InkBox): InkPiece[] {
    return piecesOf(text).filter(
      ({ middle, origin }) =>
        middle > top && middle < bottom && origin.x >= left - 1 && origin.x <= right + 1,
    );
  }

  /** The inner part of a line's box, in which its letters surely are. */
  function coreOf({ left, top, right, bottom }: InkBox, fontPx: number): InkBox {
    const middle = (top + bottom) / 2;
    return { left, right, top: middle - fontPx * 0.33, bottom: middle + fontPx * 0.33 };
  }

  const bounds = new WeakMap<InkBox, InkBox | null>();

  /** What the letters of a line keep to. Undefined where that cannot be told from its box. */
  function boundOf(text: PlacedText, rect: InkBox): InkBox | undefined {
    const known = bounds.get(rect);
    if (known !== undefined) return known ?? undefined;
    const face = faceOf(text);
    const baseline = textInk.baseline(face, rect.bottom - rect.top);
    if (baseline === undefined) {
      bounds.set(rect, null);
      return undefined;
    }
    const { above, below } = textInk.reach(face, text.text);
    const y = rect.top + baseline;
    const bound = { left: rect.left, right: rect.right, top: y - above, bottom: y + below };
    bounds.set(rect, bound);
    return bound;
  }

  function clips(style: CSSStyleDeclaration): boolean {
    const isHiding = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    return isHiding && !/^(inline|contents)$/.test(style.display);
  }

  /** Whether an element that is positioned absolutely is placed in, and clipped by, this one. */
  function isContaining(style: CSSStyleDeclaration): boolean {
    return style.position !== 'static' || style.transform !== 'none' || style.filter !== 'none';
  }

  function clipBoxOf(element: HTMLElement, style: CSSStyleDeclaration): InkBox {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const px = (name: string) => Number.parseFloat(style.getPropertyValue(name)) || 0;
    const margin =
      Number.parseFloat(/\d{1,6}(?:\.\d{1,6})?px/.exec(style.overflowClipMargin)?.[0] ?? '') || 0;
    const [x, y] = [style.overflowX, style.overflowY];
    const beyond = (overflow: string) => (overflow === 'clip' ? margin : 0);
    const isWide = x === 'visible';
    const isHigh = y === 'visible';
    return {
      left: isWide ? -EVERYWHERE : left + px('border-left-width') - beyond(x),
      right: isWide ? EVERYWHERE : right - px('border-right-width') + beyond(x),
      top: isHigh ? -EVERYWHERE : top + px('border-top-width') - beyond(y),
      bottom: isHigh ? EVERYWHERE : bottom - px('border-bottom-width') + beyond(y),
    };
  }

  /** Text whose colour is what is painted behind it is seen no further than that. */
  function isSeenThrough(style: CSSStyleDeclaration): boolean {
    const fill = style.getPropertyValue('-webkit-text-fill-color') || style.color;
    return /^transparent$|[,/] ?0\)$/.test(fill);
  }

  /** Of an element, what concerns the text within. Computed once for each body. */
  interface Frame {
    style: CSSStyleDeclaration;
    clip: Clip | undefined;
    /** The box in which its background shows the letters. */
    painted: InkBox | undefined;
    isPositioned: boolean;
  }
  const frames = new WeakMap<HTMLElement, Frame>();

  function clipOf(element: HTMLElement, style: CSSStyleDeclaration): Clip | undefined {
    if (!clips(style)) return undefined;
    const clamp = style.getPropertyValue('-webkit-line-clamp');
    const isGentle = style.textOverflow === 'ellipsis' || (clamp !== 'none' && clamp !== '');
    return { box: clipBoxOf(element, style), isGentle };
  }

  function frameOf(element: HTMLElement): Frame {
    const known = frames.get(element);
    if (known) return known;
    const style = getComputedStyle(element);
    const isPainted = style.backgroundClip.includes('text') && style.display !== 'inline';
    const frame = {
      style,
      clip: clipOf(element, style),
      painted: isPainted ? element.getBoundingClientRect() : undefined,
      isPositioned: /^(absolute|fixed)$/.test(style.position),
    };
    frames.set(element, frame);
    return frame;
  }

  /** The boxes that cut the text off. */
  function clipsOf(text: PlacedText): Clip[] {
    const card = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const found: Clip[] = [{ box: card, isGentle: false }];
    let isOut = false;
    for (let e: HTMLElement | null = text.element; e && e !== document.body; e = e.parentElement) {
      const frame = frameOf(e);
      if (isOut && isContaining(frame.style)) isOut = false;
      if (frame.painted && isSeenThrough(text.style)) {
        found.push({ box: frame.painted, isGentle: false });
      }
      if (frame.clip && !isOut) found.push(frame.clip);
      if (frame.isPositioned) isOut = true;
    }
    return found;
  }

  function isInside(core: InkBox, box: InkBox): boolean {
    return (
      core.left >= box.left - 2 &&
      core.right <= box.right + 2 &&
      core.top >= box.top - 1 &&
      core.bottom <= box.bottom + 1
    );
  }

  /** Whether letters of a line that stays are cut at its top or bottom. */
  function isCutThrough(text: PlacedText, rect: InkBox, boxes: Clip[]): boolean {
    const bound = boundOf(text, rect);
    if (!bound) return false;
    const spare = Math.max(1, text.fontPx * 0.02);
    const beyond = boxes.flatMap(({ box: { top, bottom } }) => [
      ...(bound.top < top - spare ? [{ top: bound.top, bottom: top - spare }] : []),
      ...(bound.bottom > bottom + spare ? [{ top: bottom + spare, bottom: bound.bottom }] : []),
    ]);
    if (beyond.length === 0) return false;
    return piecesIn(text, rect).some((piece) =>
      beyond.some((band) => textInk.paints(piece, { ...piece.ink, ...band })),
    );
  }

  /** Whether a line that is beyond the end of a box is still seen in part. */
  function isSeenInPart(text: PlacedText, rect: InkBox, { box }: Clip): boolean {
    const bound = boundOf(text, rect);
    if (!bound || bound.left >= box.right || bound.right <= box.left) return false;
    const isBelow = rect.bottom > box.bottom && bound.top < box.bottom - 2;
    const isAbove = rect.top < box.top && bound.bottom > box.top + 2;
    if (!isBelow && !isAbove) return false;
    const band = { top: box.top + 2, bottom: box.bottom - 2 };
    const isOut = coreOf(rect, text.fontPx);
    // Cut at a side alone: that is what the ellipsis is for.
    if (isOut.top >= box.top - 1 && isOut.bottom <= box.bottom + 1) return false;
    return piecesIn(text, rect).some((piece) => textInk.paints(piece, { ...piece.ink, ...band }));
  }

  function cut(text: PlacedText): 'whole' | 'shortened' | 'clipped' {
    const boxes = clipsOf(text);
    let outcome: 'whole' | 'shortened' | 'clipped' = 'whole';
    text.rects = text.rects.filter((rect) => {
      const core = coreOf(rect, text.fontPx);
      const cutting = boxes.filter(({ box }) => !isInside(core, box));
      if (cutting.length === 0) {
        if (outcome !== 'clipped' && isCutThrough(text, rect, boxes)) outcome = 'clipped';
        return true;
      }
      const gentle = cutting.find(({ isGentle }) => isGentle);
      if (!gentle) outcome = 'clipped';
      else if (outcome !== 'clipped') {
        outcome = isSeenInPart(text, rect, gentle) ? 'clipped' : 'shortened';
      }
      return false;
    });
    return outcome;
  }

  function isOverflowing({ element, rects, fontPx }: PlacedText): boolean {
    const block = element.closest<HTMLElement>('[data-field], [data-fit], [data-max-lines]');
    if (!block || clips(getComputedStyle(block))) return false;
    const box = block.getBoundingClientRect();
    return rects.some((rect) => {
      const core = coreOf(rect, fontPx);
      return core.right > box.right + 2 || core.left < box.left - 2 || core.bottom > box.bottom + 2;
    });
  }

  function isNearEdge({ rects, fontPx }: PlacedText): boolean {
    const safe = Math.min(innerWidth, innerHeight) * SAFE_EDGE_SHARE;
    return rects.some((rect) => {
      const core = coreOf(rect, fontPx);
      return (
        core.left < safe ||
        core.top < safe ||
        core.right > innerWidth - safe ||
        core.bottom > innerHeight - safe
      );
    });
  }

  function common(a: InkBox, b: InkBox): { wide: number; high: number } {
    return {
      wide: Math.min(a.right, b.right) - Math.max(a.left, b.left),
      high: Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
    };
  }

  let compared = 0;

  function touchesAny(a: InkPiece[], b: InkPiece[]): boolean {
    return a.some((first) =>
      b.some((second) => {
        const { wide, high } = common(first.ink, second.ink);
        if (wide <= 0.5 || high <= 0.5 || compared >= MAX_COMPARED) return false;
        compared += 1;
        return textInk.touches(first, second);
      }),
    );
  }

  function runsInto(a: PlacedText, b: PlacedText): boolean {
    const isOneText = a === b || a.element.contains(b.element) || b.element.contains(a.element);
    const em = Math.min(a.fontPx, b.fontPx);
    return a.rects.some((first, i) => {
      const bound = boundOf(a, first);
      const core = coreOf(first, a.fontPx);
      return b.rects.slice(a === b ? i + 1 : 0).some((second) => {
        const apart = Math.abs(first.top + first.bottom - second.top - second.bottom) / 2;
        if (isOneText && apart < em * 0.35) return false;
        const cores = common(core, coreOf(second, b.fontPx));
        if (!isOneText && cores.wide > 2 && cores.high > em * 0.15) return true;
        const other = bound && boundOf(b, second);
        if (!other) return false;
        const { wide, high } = common(bound, other);
        // Letters may stand a little out of their line's box at its sides.
        if (wide <= -em * 0.2 || high <= 0.5) return false;
        return touchesAny(piecesIn(a, first), piecesIn(b, second));
      });
    });
  }

  /** The box around all that may be painted of a text. */
  function extentOf(text: PlacedText): InkBox {
    const spare = text.fontPx * 0.2;
    const all = { left: EVERYWHERE, top: EVERYWHERE, right: -EVERYWHERE, bottom: -EVERYWHERE };
    for (const rect of text.rects) {
      for (const box of [rect, boundOf(text, rect) ?? rect]) {
        all.left = Math.min(all.left, box.left - spare);
        all.top = Math.min(all.top, box.top);
        all.right = Math.max(all.right, box.right + spare);
        all.bottom = Math.max(all.bottom, box.bottom);
      }
    }
    return all;
  }

  function overlaps(texts: PlacedText[]): boolean[] {
    compared = 0;
    const extents = texts.map(extentOf);
    return texts.map((text, i) =>
      texts.some((other, j) => {
        if (j < i) return false;
        const [own, others] = [extents[i], extents[j]];
        if (!own || !others) return false;
        const { wide, high } = common(own, others);
        return wide > 0 && high > 0 && runsInto(text, other);
      }),
    );
  }

  const api: PagePlacement = { cut, isOverflowing, isNearEdge, overlaps };
  return api;
}
