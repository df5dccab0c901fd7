import type { ErrorCode } from '../errors/catalogue.js';
import type { Warning } from '../errors/warning.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { Template } from '../templates/template.js';
import type { Caller } from './caller.js';
import type { ImageSize, ImageSpec } from './image.js';
import type { Asset } from './ports.js';

/*
 * Ports for finding warnings without drawing: measuring lays images out, probing checks addresses of
 * assets.
 */

/** One of several bodies that are measured in one call to a browser page. As in `RenderInput`. */
export interface MeasureBody {
  lang?: string;
  assets: ReadonlyMap<string, Asset>;
  body(addresses: ReadonlyMap<string, string>): string;
}

export interface MeasureJob {
  /** Unique to this attempt. The nonce of each body consists of it and the index of the body. */
  nonce: string;
  template: Template;
  size: ImageSize;
  scale: number;
  /** Laid out one after the other, in one call to the browser page. */
  bodies: readonly MeasureBody[];
  signal?: AbortSignal;
}

/** The browser's part of measuring: lays bodies out and checks them, without capturing. */
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

/** Has a worker find the warnings of images without drawing them. */
export interface Measurer {
  /**
   * One list of warnings for each spec, in their order.
   * @throws AppError `preview_timeout`, `cancelled`, or the error of the measuring
   */
  measure(specs: ImageSpec[], signal?: AbortSignal): Promise<MeasuredWarning[][]>;
}

/** Has a worker probe addresses: whether there is an asset at each. */
export interface Prober {
  /**
   * One outcome for each address, in their order.
   * @throws AppError `preview_timeout`, `cancelled`, or the error of the probing
   */
  probe(urls: string[], signal?: AbortSignal, caller?: Caller): Promise<ProbeOutcome[]>;
}
