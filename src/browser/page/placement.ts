/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { cssPx } from './css-px.js';
import type { InkBox, PageInk } from './ink.js';
import { isTransparent } from './is-transparent.js';
import type { PlacedInk, PlacedText } from './placed-text.js';

/**
 * Whether text is where it can be seen: within the boxes that clip it, within its block, away from
 * the edge. Runs in an isolated world.
 */
export interface PagePlacement {
  /**
   * Whether boxes clip the text. `shortened`: it ends with an ellipsis. Removes the lines that are
   * clipped away from `rects`, so call it before all other checks of the text.
   */
  cut(text: PlacedText): 'whole' | 'shortened' | 'clipped';
  /** Whether the text leaves the box of its block and covers what is beside it. */
  isOverflowing(text: PlacedText): boolean;
  /** Whether the text is in the outer part of the image that some feeds cut off. */
  isNearEdge(text: PlacedText): boolean;
}

export function createPagePlacement(textInk: PageInk, placedInk: PlacedInk): PagePlacement {
  const { piecesIn, coreOf, inkBoundsOf } = placedInk;
  /** Some feeds cut off this share of the image's shorter side: round corners, borders. */
  const SAFE_EDGE_SHARE = 0.03;
  const UNBOUNDED = Number.POSITIVE_INFINITY;

  interface Clip {
    box: InkBox;
    /** Text that is clipped by it ends with an ellipsis. */
    hasEllipsis: boolean;
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
    const px = (property: string) => cssPx(style, property);
    const margin =
      Number.parseFloat(/\d{1,6}(?:\.\d{1,6})?px/.exec(style.overflowClipMargin)?.[0] ?? '') || 0;
    const [x, y] = [style.overflowX, style.overflowY];
    const outside = (overflow: string) => (overflow === 'clip' ? margin : 0);
    const isOpenX = x === 'visible';
    const isOpenY = y === 'visible';
    return {
      left: isOpenX ? -UNBOUNDED : left + px('border-left-width') - outside(x),
      right: isOpenX ? UNBOUNDED : right - px('border-right-width') + outside(x),
      top: isOpenY ? -UNBOUNDED : top + px('border-top-width') - outside(y),
      bottom: isOpenY ? UNBOUNDED : bottom - px('border-bottom-width') + outside(y),
    };
  }

  /** With a transparent fill, only the background clipped to the text is visible as letters. */
  function hasTransparentFill(style: CSSStyleDeclaration): boolean {
    const fill = style.getPropertyValue('-webkit-text-fill-color') || style.color;
    return isTransparent(fill);
  }

  /** What an element means for the text in it. Computed once for each element. */
  interface Container {
    style: CSSStyleDeclaration;
    clip: Clip | undefined;
    /** The box of its background, if that is clipped to text (`background-clip: text`). */
    background: InkBox | undefined;
    isPositioned: boolean;
  }
  const containers = new WeakMap<HTMLElement, Container>();

  function clipOf(element: HTMLElement, style: CSSStyleDeclaration): Clip | undefined {
    if (!clips(style)) return undefined;
    const clamp = style.getPropertyValue('-webkit-line-clamp');
    const hasEllipsis = style.textOverflow === 'ellipsis' || (clamp !== 'none' && clamp !== '');
    return { box: clipBoxOf(element, style), hasEllipsis };
  }

  function containerOf(element: HTMLElement): Container {
    const known = containers.get(element);
    if (known) return known;
    const style = getComputedStyle(element);
    const isPainted = style.backgroundClip.includes('text') && style.display !== 'inline';
    const container = {
      style,
      clip: clipOf(element, style),
      background: isPainted ? element.getBoundingClientRect() : undefined,
      isPositioned: /^(absolute|fixed)$/.test(style.position),
    };
    containers.set(element, container);
    return container;
  }

  /** The boxes that clip the text: the image, and elements around it. */
  function clipsOf(text: PlacedText): Clip[] {
    const image = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const found: Clip[] = [{ box: image, hasEllipsis: false }];
    /** Whether the elements on the way up do not clip it, because it is positioned absolutely. */
    let escapes = false;
    for (let e: HTMLElement | null = text.element; e && e !== document.body; e = e.parentElement) {
      const container = containerOf(e);
      if (escapes && isContaining(container.style)) escapes = false;
      if (container.background && hasTransparentFill(text.style)) {
        found.push({ box: container.background, hasEllipsis: false });
      }
      if (container.clip && !escapes) found.push(container.clip);
      if (container.isPositioned) escapes = true;
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

  /** Whether the ink of a line that fits is clipped at its top or bottom. */
  function isCutThrough(text: PlacedText, rect: InkBox, boxes: Clip[]): boolean {
    const bounds = inkBoundsOf(text, rect);
    if (!bounds) return false;
    const spare = Math.max(1, text.fontPx * 0.02);
    const beyond = boxes.flatMap(({ box: { top, bottom } }) => [
      ...(bounds.top < top - spare ? [{ top: bounds.top, bottom: top - spare }] : []),
      ...(bounds.bottom > bottom + spare ? [{ top: bottom + spare, bottom: bounds.bottom }] : []),
    ]);
    if (beyond.length === 0) return false;
    return piecesIn(text, rect).some((piece) =>
      beyond.some((band) => textInk.paints(piece, { ...piece.ink, ...band })),
    );
  }

  /** Whether a part of a line that does not fit into a box is still visible. */
  function isSeenInPart(text: PlacedText, rect: InkBox, { box }: Clip): boolean {
    const bounds = inkBoundsOf(text, rect);
    if (!bounds || bounds.left >= box.right || bounds.right <= box.left) return false;
    const isBelow = rect.bottom > box.bottom && bounds.top < box.bottom - 2;
    const isAbove = rect.top < box.top && bounds.bottom > box.top + 2;
    if (!isBelow && !isAbove) return false;
    const band = { top: box.top + 2, bottom: box.bottom - 2 };
    const core = coreOf(rect, text.fontPx);
    // Clipped at a side only, where the ellipsis is.
    if (core.top >= box.top - 1 && core.bottom <= box.bottom + 1) return false;
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
      const withEllipsis = cutting.find(({ hasEllipsis }) => hasEllipsis);
      if (!withEllipsis) outcome = 'clipped';
      else if (outcome !== 'clipped') {
        outcome = isSeenInPart(text, rect, withEllipsis) ? 'clipped' : 'shortened';
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

  const api: PagePlacement = { cut, isOverflowing, isNearEdge };
  return api;
}
