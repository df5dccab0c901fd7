/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { FindingCode } from '../describe-findings.js';
import type { PageBackground, ShownAsset } from './background.js';
import type { PageChecks, PageVerdict } from './checks.js';
import { fieldOf } from './field-of.js';
import type { PageFit } from './fit.js';
import type { PageFontFamilies } from './font-families.js';
import type { PageLayer } from './layer.js';
import type { PageTypesetting } from './typesetting.js';

/*
 * The functions that the service calls in a template page. They run in an isolated world while
 * scripts of the page itself are disabled. Timers and animation frames never fire there, so nothing
 * may wait for them.
 */

export interface PageJob {
  nonce: string;
  /** Language of the document; absent for none. */
  lang?: string;
  html: string;
  /** Addresses of the job's assets, which are loaded before the body shows them. */
  assets: string[];
  /** Shows the static layer itself, not its cached image. For trials and measurements. */
  skipCachedLayer?: boolean;
}

export interface PageFinding {
  code: FindingCode;
  field: string | null;
  /** Numbers for the message, e.g. the font size that was reached. */
  detail: Record<string, number | string>;
}

interface PageResult {
  nonce: string;
  findings: PageFinding[];
  /** Whether the cached static layer was used. */
  usesCachedLayer: boolean;
}

/** `background`: see `PageBackground.hash`. */
export type ShownBody = PageResult &
  PageVerdict & { background: string; shownAssets: ShownAsset[] };

export interface PageApi {
  /** Replaces the body, fits the text and runs the checks. */
  show(job: PageJob): Promise<ShownBody>;
  /** The same for several bodies, one after the other. */
  measure(jobs: PageJob[]): Promise<Pick<ShownBody, 'nonce' | 'findings'>[]>;
  /** The nonce of the body that the page holds now. */
  nonce(): string;
  readonly layer: PageLayer;
}

interface PageParts {
  layer: PageLayer;
  fontFamilies: PageFontFamilies;
  typesetting: PageTypesetting;
  fit: PageFit;
  checks: PageChecks;
  background: PageBackground;
}

export function createPageApi(parts: PageParts): PageApi {
  const { layer, fontFamilies, typesetting, fit, checks, background } = parts;
  /** Decoded assets are kept between jobs. An image shows only a few. */
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
   * Whether an image is loaded. It need not be decoded: Chromium decodes it before it draws a frame
   * (`--disable-checker-imaging`), while `decode()` would wait for a frame of an unfinished body.
   */
  function isLoaded(image: HTMLImageElement): boolean {
    return image.complete && image.naturalWidth > 0;
  }

  async function loadImagesAndFonts(): Promise<void> {
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

  const currentNonce = () => document.documentElement.dataset.nonce ?? '';

  async function showBody(job: PageJob): Promise<PageResult> {
    const { nonce, lang = '', html, assets, skipCachedLayer = false } = job;
    await Promise.all(assets.map(loadAsset));
    document.documentElement.dataset.nonce = nonce;
    setLanguage(lang);
    /** `overlapping`: as found by a first pass, whose body is laid out anew with more room. */
    const layOut = async (overlapping?: ReadonlySet<number>) => {
      document.body.innerHTML = html;
      fontFamilies.extend();
      // Before any frame is drawn: the cached image is there to save the drawing of the layer.
      const usesCachedLayer = !skipCachedLayer && layer.apply();
      await loadImagesAndFonts();
      typesetting.apply(overlapping);
      return { usesCachedLayer, findings: fit.fit() };
    };
    let { usesCachedLayer, findings } = await layOut();
    const overlapping = typesetting.overlappingBlocks();
    // With a new body, because fitting has changed this one. Few texts need a second pass.
    if (overlapping.size > 0) ({ usesCachedLayer, findings } = await layOut(overlapping));
    // A smaller size may need a face (an optical size) that is not loaded yet.
    if (document.fonts.status === 'loading') await document.fonts.ready;
    checkImages(findings);
    resetScroll();
    return { nonce: currentNonce(), findings, usesCachedLayer };
  }

  /**
   * All in one call, because each call costs a round trip of about a millisecond. The nonce is read
   * last, so that a body that was replaced meanwhile is noticed.
   */
  async function show(job: PageJob): Promise<ShownBody> {
    const shown = await showBody(job);
    const verdict = await checks.run();
    return {
      ...shown,
      ...verdict,
      findings: [...shown.findings, ...verdict.findings],
      background: background.hash(),
      // Nobody reads the boxes of a trial or a measurement.
      shownAssets: job.skipCachedLayer ? [] : background.shownAssets(job.assets),
      nonce: currentNonce(),
    };
  }

  async function measure(jobs: PageJob[]) {
    const seen: Pick<ShownBody, 'nonce' | 'findings'>[] = [];
    for (const job of jobs) {
      const { nonce, findings } = await show({ ...job, skipCachedLayer: true });
      seen.push({ nonce, findings });
    }
    return seen;
  }

  return { show, measure, nonce: currentNonce, layer };
}
