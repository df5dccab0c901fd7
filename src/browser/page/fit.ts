/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { fieldOf } from './field-of.js';
import type { PageInk } from './ink.js';
import { createInkOverflow } from './ink-overflow.js';
import type { PageLines } from './lines.js';
import type { PageFinding } from './page-api.js';
import { textNodesIn } from './text-nodes.js';

/**
 * Fits text into its boxes as `data-fit` and `data-max-lines` ask for. Runs in an isolated world.
 */
export interface PageFit {
  /** Returns a finding for each text that was shortened or shrunk to its smallest size. */
  fit(): PageFinding[];
}

export function createPageFit(textLines: PageLines, textInk: PageInk): PageFit {
  const { fitsBox, showAllInk } = createInkOverflow(textInk);

  /** Parses `28` (pixels) or `40%` (of the designed font size). Returns whole CSS pixels. */
  function fontSizeOf(text: string | undefined, designed: number): number | undefined {
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
    const max = Math.max(1, fontSizeOf(element.dataset.fitMax, designed) ?? designed);
    const half = Math.ceil(designed / 2);
    const min = Math.min(max, Math.max(1, fontSizeOf(element.dataset.fitMin, designed) ?? half));
    const lines = Number(element.dataset.maxLines ?? 0);
    // A clamped box is never larger than its lines, so it is measured without its clamp.
    const isClamped = lines > 0 && /^(flow-root|-webkit-box)$/.test(computed.display);
    if (isClamped) style.display = 'block';
    const fits = (size: number) => {
      style.fontSize = `${size}px`;
      return fitsBox(element) && (lines === 0 || textLines.count(element) <= lines);
    };
    /** The smallest size that is tried before words are broken. */
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

  /** The elements that directly show text. */
  function textElements(): Set<HTMLElement> {
    const found = new Set<HTMLElement>();
    for (const { parentElement, data } of textNodesIn(document.body)) {
      if (parentElement && data.trim() !== '') found.add(parentElement);
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
    for (const element of new Set([...fitted, ...textElements()])) showAllInk(element);
    return findings;
  }

  const api: PageFit = { fit };
  return api;
}
