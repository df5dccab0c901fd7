/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { fieldOf } from './field-of.js';
import type { PageInk } from './ink.js';
import type { PageLines } from './lines.js';
import type { PageFinding } from './show.js';

/**
 * Fits text into its boxes: `data-fit`, `data-max-lines`. Runs in an isolated world.
 */
export interface PageFit {
  /** What had to be shortened or shrunk to its least size. */
  fit(): PageFinding[];
}

export function createPageFit(textLines: PageLines, textInk: PageInk): PageFit {
  /** A part of a pixel is no cut that anyone sees. */
  const INK_SPARE_PX = 0.75;

  /** Scripts whose letters and marks reach out of their boxes at the sides, too. */
  const REACHES_ASIDE = /[\u0590-\u10ff\u1200-\u1cff\ua840-\uabff\ufb1d-\ufdff\ufe70-\ufeff]/;

  function px(style: CSSStyleDeclaration, name: string): number {
    return Number.parseFloat(style.getPropertyValue(name)) || 0;
  }

  /**
   * How far the box of the last line's letters may stand out of the box. That is no line without
   * room: with little leading, the boxes of letters are higher than their lines.
   */
  function letterSpare(element: HTMLElement): number {
    const style = getComputedStyle(element);
    const leading = px(style, 'line-height');
    if (leading === 0) return 0;
    const { ascent, descent } = textInk.metrics(textInk.face(style));
    return Math.max(0, (ascent + descent - leading) / 2 - px(style, 'padding-bottom'));
  }

  /** Allows one pixel more: scroll sizes are rounded, but boxes need not be whole pixels. */
  function fitsBox(element: HTMLElement): boolean {
    return (
      element.scrollWidth <= element.clientWidth + 1 &&
      element.scrollHeight <= element.clientHeight + 1 + letterSpare(element)
    );
  }

  /** Parses `28` (pixels) or `40%` (a share of the designed size). Returns whole pixels. */
  function lengthOf(text: string | undefined, designed: number): number | undefined {
    const value = Number.parseFloat(text ?? '');
    if (!(value > 0)) return undefined;
    return Math.ceil(text?.trim().endsWith('%') ? (designed * value) / 100 : value);
  }

  /** The largest size in whole pixels within [min, max] that fits, or undefined. */
  function largestFitting(min: number, max: number, fits: (px: number) => boolean) {
    if (fits(max)) return max;
    let low = min;
    let high = max - 1;
    let best: number | undefined;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) {
        best = middle;
        low = middle + 1;
      } else high = middle - 1;
    }
    return best;
  }

  function fitElement(element: HTMLElement, findings: PageFinding[]): void {
    const style = element.style;
    style.overflowWrap = 'normal';
    const computed = getComputedStyle(element);
    const designed = Math.floor(Number.parseFloat(computed.fontSize));
    const max = Math.max(1, lengthOf(element.dataset.fitMax, designed) ?? designed);
    const half = Math.ceil(designed / 2);
    const min = Math.min(max, Math.max(1, lengthOf(element.dataset.fitMin, designed) ?? half));
    const lines = Number(element.dataset.maxLines ?? 0);
    // A clamped box hides what it cuts off, so it is measured without its clamp.
    const isClamped = lines > 0 && /^(flow-root|-webkit-box)$/.test(computed.display);
    if (isClamped) style.display = 'block';
    const fits = (size: number) => {
      style.fontSize = `${size}px`;
      return fitsBox(element) && (lines === 0 || textLines.count(element) <= lines);
    };
    const minUnbrokenPx = Math.max(min, Math.min(half, max));
    let size = largestFitting(minUnbrokenPx, max, fits);
    if (size === undefined) {
      // A word is too wide even at half of the designed size. Breaking it reads better than
      // shrinking on.
      style.overflowWrap = 'anywhere';
      size = largestFitting(min, minUnbrokenPx, fits);
    }
    const field = fieldOf(element);
    style.fontSize = `${size ?? min}px`;
    if (isClamped) style.display = '';
    if (size === undefined) {
      // Text that fits at no size ends with an ellipsis after the last line that fits the box.
      style.overflow = 'hidden';
      style.textOverflow = 'ellipsis';
      textLines.clamp(element, lines > 0 ? lines : Number.POSITIVE_INFINITY, true);
      findings.push({ code: 'text_shortened', field, detail: {} });
    } else if (size === min && size < designed) {
      findings.push({ code: 'text_at_minimum', field, detail: { font_px: size } });
    }
  }

  /** How far ink stands out of a box above and below, beyond what nobody sees. */
  function inkOutside(element: HTMLElement, style: CSSStyleDeclaration) {
    const leading = px(style, 'line-height');
    const face = textInk.face(style);
    const { ascent, descent } = textInk.metrics(face);
    const ink = textInk.reach(face, element.textContent ?? '');
    // A line without a height of its own has room for all of its letters.
    const spare = leading === 0 ? 0 : (leading - ascent - descent) / 2;
    const over = (room: number) => (room < -INK_SPARE_PX ? Math.ceil(-room) : 0);
    return {
      above: over(px(style, 'padding-top') + spare + ascent - ink.above),
      below: over(px(style, 'padding-bottom') + spare + descent - ink.below),
    };
  }

  /** Whether a box hides an ornament, which would come out. */
  function hidesOrnament(element: HTMLElement): boolean {
    const parts = [...element.children].map((child) => getComputedStyle(child));
    for (const pseudo of ['::before', '::after']) {
      const style = getComputedStyle(element, pseudo);
      if (style.content !== 'none' && style.content !== 'normal') parts.push(style);
    }
    return parts.some(({ position }) => /^(absolute|fixed)$/.test(position));
  }

  /** Whether a box hides no line, so that all that could be cut is ink. */
  function holdsAllLines(element: HTMLElement, style: CSSStyleDeclaration): boolean {
    if (hidesOrnament(element)) return false;
    const clamp = style.getPropertyValue('-webkit-line-clamp');
    const isClamped = clamp !== 'none' && clamp !== '' && !/flex|grid/.test(style.display);
    // After the last line of ours nothing is painted; of a template's own clamp the next line is.
    return isClamped ? element.matches('[data-fit], [data-max-lines]') : fitsBox(element);
  }

  /**
   * Lines that have room in a box are shown whole: what hides lines beyond the box, or paints only
   * within it, must not cut the letters of the first or the last one. Nothing else moves.
   */
  function openForInk(element: HTMLElement): void {
    const style = getComputedStyle(element);
    const isPainted = style.backgroundClip.includes('text');
    if ((style.overflowY === 'visible' && !isPainted) || style.display === 'inline') return;
    const { above, below } = inkOutside(element, style);
    const isWide = style.overflowY !== 'visible' && REACHES_ASIDE.test(element.textContent ?? '');
    if ((above === 0 && below === 0 && !isWide) || !holdsAllLines(element, style)) return;
    const { style: own } = element;
    if (style.overflowY !== 'visible') {
      // Without these, a flex or grid item would now take the size of its longest word, and a
      // block would share its margins.
      if (style.minWidth === 'auto') own.minWidth = '0';
      if (style.minHeight === 'auto') own.minHeight = '0';
      if (style.display === 'block') own.display = 'flow-root';
      own.overflowX = 'clip';
      own.overflowY = 'visible';
      // All of the text is within: what is left to be cut are the tips of letters.
      if (isWide && style.textOverflow === 'clip' && fitsBox(element)) own.overflowX = 'visible';
    }
    if (!isPainted) return;
    own.paddingTop = `${px(style, 'padding-top') + above}px`;
    own.marginTop = `${px(style, 'margin-top') - above}px`;
    own.paddingBottom = `${px(style, 'padding-bottom') + below}px`;
    own.marginBottom = `${px(style, 'margin-bottom') - below}px`;
  }

  /** The elements that directly show text. */
  function textBlocks(): Set<HTMLElement> {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set<HTMLElement>();
    while (walker.nextNode()) {
      const { parentElement, nodeValue } = walker.currentNode;
      if (parentElement && nodeValue?.trim() !== '') found.add(parentElement);
    }
    return found;
  }

  function fit(): PageFinding[] {
    const findings: PageFinding[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('[data-fit]')) {
      fitElement(element, findings);
    }
    const limited = document.querySelectorAll<HTMLElement>('[data-max-lines]:not([data-fit])');
    for (const element of limited) {
      const most = Number(element.dataset.maxLines);
      const isShortened = most >= 1 && textLines.clamp(element, Math.floor(most));
      if (isShortened || element.scrollWidth > element.clientWidth + 1) {
        findings.push({ code: 'text_shortened', field: fieldOf(element), detail: {} });
      }
    }
    const fitted = document.querySelectorAll<HTMLElement>('[data-fit], [data-max-lines]');
    for (const element of new Set([...fitted, ...textBlocks()])) openForInk(element);
    return findings;
  }

  const api: PageFit = { fit };
  return api;
}
