import type { ErrorCode } from '../errors/catalogue.js';
import type { Warning } from '../errors/warning.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { Template } from '../templates/template.js';
import type { Caller } from './caller.js';
import type { ImageSize, ImageSpec } from './image.js';
import type { Asset } from './ports.js';

/*
 * Ports of checks: measuring and probing without drawing.
 */

/** One of several bodies that are measured in one call to a page. */
export interface MeasureBody {
  /** Language of the document, as in `RenderInput`. */
  lang?: string;
  assets: ReadonlyMap<string, Asset>;
  body(addresses: ReadonlyMap<string, string>): string;
}

export interface MeasureJob {
  /** Unique to this attempt. Each body's nonce is this one and its index. */
  nonce: string;
  template: Template;
  size: ImageSize;
  scale: number;
  /** Shown one after the other, in one evaluation. */
  bodies: readonly MeasureBody[];
  signal?: AbortSignal;
}

/** Lays bodies out and checks them, without capturing. */
export interface LayoutMeasurer {
  /**
   * The findings for each body, in the order of `bodies`. The time limit of one render holds for
   * all bodies together.
   * @throws AppError as `Renderer.render`
   */
  measure(job: MeasureJob): Promise<Warning[][]>;
}

/** Result of probing an asset's address before it is used. */
export type ProbeOutcome = { ok: true } | { ok: false; code: ErrorCode; message: string };

/** What drawing would warn of, or the error that it would end with. */
export type MeasuredWarning = Omit<Warning, 'code'> & { code: WarningCode | ErrorCode };

/** Has a worker find the warnings of an image without drawing it. */
export interface Measurer {
  /**
   * One list of warnings for each spec, in their order.
   * @throws AppError `preview_timeout`, `cancelled`, or the error of the measuring
   */
  measure(specs: ImageSpec[], signal?: AbortSignal): Promise<MeasuredWarning[][]>;
}

/** Has a worker check whether there are assets at addresses. */
export interface Prober {
  /**
   * One outcome for each address, in their order.
   * @throws AppError `preview_timeout`, `cancelled`, or the error of the probing
   */
  probe(urls: string[], signal?: AbortSignal, caller?: Caller): Promise<ProbeOutcome[]>;
}
