/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { FindingCode } from '../describe-findings.js';
import type { PageBackground, ShownPicture } from './background.js';
import type { PageFaces } from './faces.js';
import { fieldOf } from './field-of.js';
import type { PageFit } from './fit.js';
import type { PageJudge, PageVerdict } from './judge.js';
import type { PageLayer } from './layer.js';
import type { PageTypesetting } from './typesetting.js';

/*
 * What the service calls in a template page, in an isolated world, while scripts of the page itself
 * are disabled. Timers and animation frames never fire here, so nothing may wait for them.
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

interface PageResult {
  nonce: string;
  findings: PageFinding[];
  /** Whether the cached static layer was used. */
  usesCachedLayer: boolean;
}

/** `background`: a hash of the boxes of everything that is painted, except text. */
export type ShownBody = PageResult & PageVerdict & { background: string; pictures: ShownPicture[] };

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
  faces: PageFaces;
  typesetting: PageTypesetting;
  fit: PageFit;
  judge: PageJudge;
  background: PageBackground;
}

export function createPageApi(parts: PageParts): PageApi {
  const { layer, faces, typesetting, fit, judge, background } = parts;
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

  const nonceOf = () => document.documentElement.dataset.nonce ?? '';

  async function showBody(job: PageJob): Promise<PageResult> {
    const { nonce, lang = '', html, assets, plain = false } = job;
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
    return { nonce: nonceOf(), findings, usesCachedLayer };
  }

  /**
   * All in one call: each further call costs a round trip of about a millisecond. The nonce is read
   * last, so a body that was replaced meanwhile is noticed.
   */
  async function show(job: PageJob): Promise<ShownBody> {
    const shown = await showBody(job);
    const verdict = await judge.judge();
    return {
      ...shown,
      ...verdict,
      findings: [...shown.findings, ...verdict.findings],
      background: background.hash(),
      pictures: job.plain ? [] : background.pictures(job.assets),
      nonce: nonceOf(),
    };
  }

  async function measure(jobs: PageJob[]) {
    const seen: Pick<ShownBody, 'nonce' | 'findings'>[] = [];
    for (const job of jobs) {
      const { nonce, findings } = await show({ ...job, plain: true });
      seen.push({ nonce, findings });
    }
    return seen;
  }

  return { show, measure, nonce: nonceOf, layer };
}
