/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { FindingCode } from './describe-findings.js';
import type { PageLayer } from './page-layer.js';

/**
 * What runs inside the page, in an isolated world, while scripts of the page itself are disabled.
 * These functions are sent as text: they may use nothing from outside themselves. Timers and
 * animation frames never fire here, so nothing may wait for them.
 */

export interface PageJob {
  nonce: string;
  /** Of the document; absent for none. */
  lang?: string;
  html: string;
  /** Addresses of the job's pictures, to be loaded and decoded before the body shows them. */
  pictures: string[];
  /** Nothing is shown as a picture of itself. */
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
  /** The static layer is shown as a picture of itself. */
  dressed: boolean;
}

export interface PageApi {
  show(job: PageJob): Promise<PageResult>;
  nonce(): string;
}

/** Installs the API as `globalThis.cardpress`. */
export function installPageApi(): void {
  /** Decoded pictures stay warm between jobs; a handful is what a card shows. */
  const KEPT_PICTURES = 24;
  const kept = new Map<string, HTMLImageElement>();

  async function keepAsset(address: string): Promise<void> {
    let image = kept.get(address);
    if (image) kept.delete(address);
    else {
      image = new Image();
      image.src = address;
    }
    kept.set(address, image);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_PICTURES && oldest !== undefined) kept.delete(oldest);
    if (isThere(image)) return;
    await image.decode().catch(() => kept.delete(address));
  }

  /**
   * Loaded. It need not be decoded as well: its frame waits for that (`--disable-checker-imaging`),
   * while to await `decode()` means to await a frame, of a body that is not finished yet.
   */
  function isThere(image: HTMLImageElement): boolean {
    return image.complete && image.naturalWidth > 0;
  }

  function fieldOf(element: Element): string | null {
    return element.closest('[data-field]')?.getAttribute('data-field') ?? null;
  }

  /** Text lines by their distinct tops; a line's fragments (bold, emoji) may differ by a few pixels. */
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

  /** One pixel of grace: scroll sizes are rounded, boxes need not be whole pixels. */
  function fitsBox(element: HTMLElement): boolean {
    return (
      element.scrollHeight <= element.clientHeight + 1 &&
      element.scrollWidth <= element.clientWidth + 1
    );
  }

  /** `28` is pixels, `40%` a share of the designed size; whole pixels come back. */
  function lengthOf(text: string | undefined, designed: number): number | undefined {
    const value = Number.parseFloat(text ?? '');
    if (!(value > 0)) return undefined;
    return Math.ceil(text?.trim().endsWith('%') ? (designed * value) / 100 : value);
  }

  /** The largest whole pixel size in [min, max] that fits, or undefined. */
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
    // A clamped box hides what it cuts, so it is measured unclamped.
    if (lines > 0) style.display = 'block';
    const fits = (px: number) => {
      style.fontSize = `${px}px`;
      return fitsBox(element) && (lines === 0 || lineCount(element) <= lines);
    };
    const unbroken = Math.max(min, Math.min(half, max));
    let size = largestFitting(unbroken, max, fits);
    if (size === undefined) {
      // A word that is too wide at half its size: breaking it reads better than shrinking on.
      style.overflowWrap = 'anywhere';
      size = largestFitting(min, unbroken, fits);
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

  /** Ends text that fits at no size with an ellipsis after the last line that the box holds whole. */
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
    const coming = [...document.images].filter((image) => !isThere(image));
    await Promise.all(coming.map((image) => image.decode().catch(() => undefined)));
    // Layout is what makes Chromium ask for the faces that this text needs.
    void document.body.offsetHeight;
    if (document.fonts.status === 'loading') await document.fonts.ready;
  }

  function checkAssets(findings: PageFinding[]): void {
    for (const image of document.images) {
      if (image.getAttribute('src') && image.naturalWidth === 0) {
        findings.push({ code: 'picture_not_shown', field: fieldOf(image), detail: {} });
      }
    }
  }

  /** Hidden overflow can still be scrolled, by a focused element for one, and would stay so. */
  function scrollBack(): void {
    for (const element of [document.documentElement, document.body]) element.scrollTo(0, 0);
  }

  /** Only where it changes: a new language means new style for every element. */
  function speak(lang: string): void {
    const root = document.documentElement;
    if (root.lang === lang) return;
    if (lang === '') root.removeAttribute('lang');
    else root.lang = lang;
  }

  const api: PageApi = {
    async show({ nonce, lang = '', html, pictures, plain = false }) {
      const { cardpressLayer: layer } = globalThis as unknown as { cardpressLayer: PageLayer };
      await Promise.all(pictures.map(keepAsset));
      document.documentElement.dataset.nonce = nonce;
      speak(lang);
      document.body.innerHTML = html;
      // At once: no frame may be drawn with what the picture is there to save.
      const dressed = !plain && layer.dress();
      await settleBody();
      const findings: PageFinding[] = [];
      fitText(findings);
      // A smaller size may have brought in a face (an optical size) that was not loaded yet.
      if (document.fonts.status === 'loading') await document.fonts.ready;
      checkAssets(findings);
      scrollBack();
      return { nonce: document.documentElement.dataset.nonce ?? '', findings, dressed };
    },
    nonce: () => document.documentElement.dataset.nonce ?? '',
  };
  (globalThis as unknown as { cardpress: PageApi }).cardpress = api;
}
