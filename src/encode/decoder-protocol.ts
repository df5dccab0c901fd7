import type { Warning } from '../errors/warning.js';
import type { Asset, AssetRequest } from '../images/ports.js';
import type { Fit, SizePx } from './fit-box.js';

export interface PrepareOptions {
  /** The box in device pixels; absent if the template gives none. */
  boxPx?: SizePx;
  fit: Fit;
  /** Crops the asset to the shape of its box, keeping this part. */
  focus?: NonNullable<AssetRequest['focus']>;
}

/** Format and size of an image, by its content. */
export interface AssetFacts {
  format: string;
  widthPx: number;
  heightPx: number;
}

/** A request to a decoder; the file is the body of the frame. */
export type DecoderRequest = { ask: 'prepare'; options: PrepareOptions } | { ask: 'facts' };

/**
 * Head of an answer. The body of the frame is the prepared asset, or empty if the file can be used
 * unchanged (`same`).
 */
export interface PreparedHead {
  same: boolean;
  contentType: Asset['contentType'];
  widthPx: number;
  heightPx: number;
  warnings: Warning[];
  ink?: NonNullable<Asset['ink']>;
}

/** Resources that a decoder has used since its start. */
export interface DecoderUse {
  rssBytes: number;
  cpuMs: number;
}

export type DecoderAnswer =
  | { is: 'ready' }
  | ({ is: 'prepared'; use: DecoderUse } & PreparedHead)
  | ({ is: 'facts'; use: DecoderUse } & AssetFacts)
  | { is: 'refused'; use: DecoderUse; code: string; detail: string };
