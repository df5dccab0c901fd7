/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { cssPx } from './css-px.js';
import type { PageInk } from './ink.js';

/** Whether text fits its box, and room for ink (painted pixels) beyond the boxes of its lines. */
interface InkOverflow {
  fitsBox(element: HTMLElement): boolean;
  /**
   * Shows the lines that fit into a box as a whole: what hides lines beyond the box, or paints only
   * within it, must not cut the letters of the first or the last line. Moves nothing else. Call it
   * after all text is fitted.
   */
  showAllInk(element: HTMLElement): void;
}

export function createInkOverflow(textInk: PageInk): InkOverflow {
  /** CSS pixels by which ink may be cut. Less than a pixel is not visible. */
  const INK_SPARE_PX = 0.75;

  /** Blocks of scripts whose letters and marks have ink left or right of their boxes. */
  const INK_AT_SIDES = /[\u0590-\u10ff\u1200-\u1cff\ua840-\uabff\ufb1d-\ufdff\ufe70-\ufeff]/;

  /**
   * CSS pixels by which the text of the last line overflows a box although the line fits: with a
   * small line height, the boxes of letters are higher than their lines.
   */
  function lineOverflow(element: HTMLElement): number {
    const style = getComputedStyle(element);
    const lineHeight = cssPx(style, 'line-height');
    if (lineHeight === 0) return 0;
    const { ascent, descent } = textInk.metrics(textInk.fontOf(style));
    return Math.max(0, (ascent + descent - lineHeight) / 2 - cssPx(style, 'padding-bottom'));
  }

  /** Allows one pixel more: scroll sizes are rounded, but boxes need not be whole pixels. */
  function fitsBox(element: HTMLElement): boolean {
    return (
      element.scrollWidth <= element.clientWidth + 1 &&
      element.scrollHeight <= element.clientHeight + 1 + lineOverflow(element)
    );
  }

  /** Whole CSS pixels by which ink is above and below a box, if that is visible. */
  function inkOutside(element: HTMLElement, style: CSSStyleDeclaration) {
    const lineHeight = cssPx(style, 'line-height');
    const font = textInk.fontOf(style);
    const { ascent, descent } = textInk.metrics(font);
    const ink = textInk.extent(font, element.textContent ?? '');
    // `normal` (0 here): each line is as high as its letters.
    const spare = lineHeight === 0 ? 0 : (lineHeight - ascent - descent) / 2;
    const over = (room: number) => (room < -INK_SPARE_PX ? Math.ceil(-room) : 0);
    return {
      above: over(cssPx(style, 'padding-top') + spare + ascent - ink.above),
      below: over(cssPx(style, 'padding-bottom') + spare + descent - ink.below),
    };
  }

  /** Whether a box may hide a positioned element, which would become visible. */
  function mayHidePositioned(element: HTMLElement): boolean {
    const parts = [...element.children].map((child) => getComputedStyle(child));
    for (const pseudo of ['::before', '::after']) {
      const style = getComputedStyle(element, pseudo);
      if (style.content !== 'none' && style.content !== 'normal') parts.push(style);
    }
    return parts.some(({ position }) => /^(absolute|fixed)$/.test(position));
  }

  /** Whether a box hides no line, so that only ink can be cut. */
  function hidesNoLine(element: HTMLElement, style: CSSStyleDeclaration): boolean {
    if (mayHidePositioned(element)) return false;
    const clamp = style.getPropertyValue('-webkit-line-clamp');
    const isClamped = clamp !== 'none' && clamp !== '' && !/flex|grid/.test(style.display);
    // After our own clamp nothing more is painted. After a template's own clamp the next line is.
    return isClamped ? element.matches('[data-fit], [data-max-lines]') : fitsBox(element);
  }

  function showAllInk(element: HTMLElement): void {
    const style = getComputedStyle(element);
    const isPainted = style.backgroundClip.includes('text');
    if ((style.overflowY === 'visible' && !isPainted) || style.display === 'inline') return;
    const { above, below } = inkOutside(element, style);
    const isWide = style.overflowY !== 'visible' && INK_AT_SIDES.test(element.textContent ?? '');
    if ((above === 0 && below === 0 && !isWide) || !hidesNoLine(element, style)) return;
    const { style: own } = element;
    if (style.overflowY !== 'visible') {
      // `overflow: visible` would let a flex or grid item grow to its longest word, and would
      // collapse a block's margins with those of its children.
      if (style.minWidth === 'auto') own.minWidth = '0';
      if (style.minHeight === 'auto') own.minHeight = '0';
      if (style.display === 'block') own.display = 'flow-root';
      own.overflowX = 'clip';
      own.overflowY = 'visible';
      // All boxes of the text are inside, so only ink at the sides can be cut.
      if (isWide && style.textOverflow === 'clip' && fitsBox(element)) own.overflowX = 'visible';
    }
    if (!isPainted) return;
    own.paddingTop = `${cssPx(style, 'padding-top') + above}px`;
    own.marginTop = `${cssPx(style, 'margin-top') - above}px`;
    own.paddingBottom = `${cssPx(style, 'padding-bottom') + below}px`;
    own.marginBottom = `${cssPx(style, 'margin-bottom') - below}px`;
  }

  return { fitsBox, showAllInk };
}
