/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { FindingCode } from './describe-findings.js';
import type { PageFaces } from './page-faces.js';
import type { PageFit } from './page-fit.js';
import type { PageLayer } from './page-layer.js';
import type { PageTypesetting } from './page-typesetting.js';

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
      const {
        cardpressLayer: layer,
        cardpressFaces: faces,
        cardpressTypesetting: typesetting,
        cardpressFit: fit,
      } = globalThis as unknown as {
        cardpressLayer: PageLayer;
        cardpressFaces: PageFaces;
        cardpressTypesetting: PageTypesetting;
        cardpressFit: PageFit;
      };
      await Promise.all(assets.map(loadAsset));
      document.documentElement.dataset.nonce = nonce;
      setLanguage(lang);
      const layOut = async (crowded?: ReadonlySet<number>) => {
        document.body.innerHTML = html;
        faces.name();
        // Before any frame is drawn, because drawing the layer is what the cached image saves.
        const usesCachedLayer = !plain && layer.apply();
        await settleBody();
        typesetting.apply(crowded);
        return { usesCachedLayer, findings: fit.fit() };
      };
      let { usesCachedLayer, findings } = await layOut();
      const crowded = typesetting.crowded();
      // Anew, because fitting leaves the body changed. Few texts ask for it.
      if (crowded.size > 0) ({ usesCachedLayer, findings } = await layOut(crowded));
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
