/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { FindingCode } from './describe-findings.js';
import type { PageFaces } from './page-faces.js';
import type { PageLayer } from './page-layer.js';

/**
 * Runs inside the page, in an isolated world, while scripts of the page itself are disabled. These
 * functions are sent as text: they may use nothing from outside themselves. Timers and animation
 * frames never fire here, so nothing may wait for them.
 */

export interface PageJob {
  nonce: string;
  /** Language of the document; absent for none. */
  lang?: string;
  html: string;
  /** Addresses of the job's assets, to be loaded and decoded before the body shows them. */
  assets: string[];
  /** Do not use the cached static layer. */
  plain?: boolean;
}

export interface PageFinding {
  code: FindingCode;
  field: string | null;
  /** Numbers for the message, e.g. the font size that was reached. */
  detail: Record<string, number | string>;
}

export interface PageResult {
  nonce: string;
  findings: PageFinding[];
  /** Whether the cached static layer was used. */
  usesCachedLayer: boolean;
}

export interface PageApi {
  show(job: PageJob): Promise<PageResult>;
  nonce(): string;
}

/** Installs the API as `globalThis.cardpress`. */
export function installPageApi(): void {
  /** Decoded assets are kept between jobs; a card shows only a few. */
  const MAX_KEPT_ASSETS = 24;
  const kept = new Map<string, HTMLImageElement>();

  async function loadAsset(address: string): Promise<void> {
    let image = kept.get(address);
    if (image) kept.delete(address);
    else {
      image = new Image();
      image.src = address;
    }
    kept.set(address, image);
    const oldest = kept.keys().next().value;
    if (kept.size > MAX_KEPT_ASSETS && oldest !== undefined) kept.delete(oldest);
    if (isLoaded(image)) return;
    await image.decode().catch(() => kept.delete(address));
  }

  /**
   * Whether it is loaded. It need not be decoded too: the frame waits for that
   * (`--disable-checker-imaging`). Awaiting `decode()` would wait for a frame of an unfinished
   * body.
   */
  function isLoaded(image: HTMLImageElement): boolean {
    return image.complete && image.naturalWidth > 0;
  }

  function fieldOf(element: Element): string | null {
    return element.closest('[data-field]')?.getAttribute('data-field') ?? null;
  }

  /**
   * Number of text lines, by their distinct middles. Fragments of one line (bold, emoji) may differ
   * by a few pixels.
   */
  function lineCount(element: HTMLElement): number {
    const range = document.createRange();
    range.selectNodeContents(element);
    const tops: number[] = [];
    const half = Number.parseFloat(getComputedStyle(element).fontSize) / 2;
    for (const rect of range.getClientRects()) {
      if (rect.width === 0) continue;
      const middle = rect.top + rect.height / 2;
      if (!tops.some((top) => Math.abs(top - middle) < half)) tops.push(middle);
    }
    return tops.length;
  }

  /** Allows one pixel more: scroll sizes are rounded, but boxes need not be whole pixels. */
  function fitsBox(element: HTMLElement): boolean {
    return (
      element.scrollHeight <= element.clientHeight + 1 &&
      element.scrollWidth <= element.clientWidth + 1
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
    const designed = Math.floor(Number.parseFloat(getComputedStyle(element).fontSize));
    const max = Math.max(1, lengthOf(element.dataset.fitMax, designed) ?? designed);
    const half = Math.ceil(designed / 2);
    const min = Math.min(max, Math.max(1, lengthOf(element.dataset.fitMin, designed) ?? half));
    const lines = Number(element.dataset.maxLines ?? 0);
    // A clamped box hides what it cuts off, so it is measured without its clamp.
    if (lines > 0) style.display = 'block';
    const fits = (px: number) => {
      style.fontSize = `${px}px`;
      return fitsBox(element) && (lines === 0 || lineCount(element) <= lines);
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
    if (lines > 0) style.display = '';
    if (size === undefined) {
      clampToBox(element, lines);
      findings.push({ code: 'text_shortened', field, detail: {} });
    } else if (size === min && size < designed) {
      findings.push({ code: 'text_at_minimum', field, detail: { font_px: size } });
    }
  }

  /** Text that fits at no size ends with an ellipsis after the last line that fits the box. */
  function clampToBox(element: HTMLElement, lines: number): void {
    const style = getComputedStyle(element);
    const lineHeight =
      Number.parseFloat(style.lineHeight) || Number.parseFloat(style.fontSize) * 1.2;
    const padding = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom);
    const held = Math.max(1, Math.floor((element.clientHeight - padding + 1) / lineHeight));
    element.style.display = '-webkit-box';
    element.style.setProperty('-webkit-box-orient', 'vertical');
    element.style.setProperty(
      '-webkit-line-clamp',
      String(lines > 0 ? Math.min(lines, held) : held),
    );
    element.style.overflow = 'hidden';
  }

  function fitText(findings: PageFinding[]): void {
    for (const element of document.querySelectorAll<HTMLElement>('[data-fit]')) {
      fitElement(element, findings);
    }
    for (const element of document.querySelectorAll<HTMLElement>(
      '[data-max-lines]:not([data-fit])',
    )) {
      if (!fitsBox(element)) {
        findings.push({ code: 'text_shortened', field: fieldOf(element), detail: {} });
      }
    }
  }

  async function settleBody(): Promise<void> {
    const pending = [...document.images].filter((image) => !isLoaded(image));
    await Promise.all(pending.map((image) => image.decode().catch(() => undefined)));
    // Forces layout: only then does Chromium load the font faces that this text needs.
    void document.body.offsetHeight;
    if (document.fonts.status === 'loading') await document.fonts.ready;
  }

  function checkImages(findings: PageFinding[]): void {
    for (const image of document.images) {
      if (image.getAttribute('src') && image.naturalWidth === 0) {
        findings.push({ code: 'picture_not_shown', field: fieldOf(image), detail: {} });
      }
    }
  }

  /**
   * Hidden overflow can still be scrolled, for example by a focused element, and would stay
   * scrolled.
   */
  function resetScroll(): void {
    for (const element of [document.documentElement, document.body]) element.scrollTo(0, 0);
  }

  /** Only if it changes: a new language recomputes the style of every element. */
  function setLanguage(lang: string): void {
    const root = document.documentElement;
    if (root.lang === lang) return;
    if (lang === '') root.removeAttribute('lang');
    else root.lang = lang;
  }

  const api: PageApi = {
    async show({ nonce, lang = '', html, assets, plain = false }) {
      const { cardpressLayer: layer, cardpressFaces: faces } = globalThis as unknown as {
        cardpressLayer: PageLayer;
        cardpressFaces: PageFaces;
      };
      await Promise.all(assets.map(loadAsset));
      document.documentElement.dataset.nonce = nonce;
      setLanguage(lang);
      document.body.innerHTML = html;
      faces.name();
      // Before any frame is drawn, because drawing the layer is what the cached image saves.
      const usesCachedLayer = !plain && layer.apply();
      await settleBody();
      const findings: PageFinding[] = [];
      fitText(findings);
      // A smaller size may need a face (an optical size) that is not loaded yet.
      if (document.fonts.status === 'loading') await document.fonts.ready;
      checkImages(findings);
      resetScroll();
      return {
        nonce: document.documentElement.dataset.nonce ?? '',
        findings,
        usesCachedLayer,
      };
    },
    nonce: () => document.documentElement.dataset.nonce ?? '',
  };
  (globalThis as unknown as { cardpress: PageApi }).cardpress = api;
}
