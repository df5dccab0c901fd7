import type { ErrorCode } from '../errors/catalogue.js';
import type { Warning } from '../errors/warning.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { Template } from '../templates/template.js';
import type { Caller } from './caller.js';
import type { ImageSize, ImageSpec } from './image.js';
import type { Asset } from './ports.js';

/* What checks need from the outside: looks at pictures that are not drawn. */

/** One body among several that are looked at in one visit of a page. */
export interface MeasureBody {
  /** Of the document, as in `RenderInput`. */
  lang?: string;
  pictures: ReadonlyMap<string, Asset>;
  body(addresses: ReadonlyMap<string, string>): string;
}

export interface MeasureJob {
  /** Unique to this attempt; each body is stamped with it and its place. */
  nonce: string;
  template: Template;
  size: ImageSize;
  scale: number;
  /** Shown one after the other, in one evaluation. */
  bodies: readonly MeasureBody[];
  signal?: AbortSignal;
}

/** Lays bodies out and judges them, without taking a picture. */
export interface LayoutMeasurer {
  /**
   * What the page tells of each body, in the order of `bodies`. The time limit of one render
   * holds for all together.
   * @throws AppError as `Renderer.press`
   */
  measure(job: MeasureJob): Promise<Warning[][]>;
}

/** What is known of a picture's address before the picture is used. */
export type ProbeOutcome = { ok: true } | { ok: false; code: ErrorCode; message: string };

/** What drawing would warn of, or the error that it would end with. */
export type MeasuredWarning = Omit<Warning, 'code'> & { code: WarningCode | ErrorCode };

/** Has a worker tell what drawing would warn of, without drawing. */
export interface Measurer {
  /**
   * One list of warnings for each spec, in their order.
   * @throws AppError `preview_timeout`, `cancelled`, or what the measuring failed with
   */
  measure(specs: ImageSpec[], signal?: AbortSignal): Promise<MeasuredWarning[][]>;
}

/** Has a worker look whether there are pictures at addresses. */
export interface Prober {
  /**
   * One outcome for each address, in their order.
   * @throws AppError `preview_timeout`, `cancelled`, or what the probing failed with
   */
  probe(urls: string[], signal?: AbortSignal, caller?: Caller): Promise<ProbeOutcome[]>;
}
