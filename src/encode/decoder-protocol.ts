import type { Warning } from '../errors/warning.js';
import type { Asset, AssetRequest } from '../images/ports.js';
import type { Fit, SizePx } from './fit-box.js';

export interface PrepareOptions {
  /** The box in device pixels; absent where the template gives none. */
  boxPx?: SizePx;
  fit: Fit;
  /** Crops the picture to the shape of its box, keeping this part. */
  focus?: NonNullable<AssetRequest['focus']>;
}

/** What a picture is by its content. */
export interface AssetFacts {
  format: string;
  widthPx: number;
  heightPx: number;
}

/** What a decoder is asked, with the bytes of a file as the body. */
export type DecoderRequest = { ask: 'prepare'; options: PrepareOptions } | { ask: 'facts' };

/** The body beside it is the picture, and empty where the file itself is it (`same`). */
export interface PreparedHead {
  same: boolean;
  contentType: Asset['contentType'];
  widthPx: number;
  heightPx: number;
  warnings: Warning[];
}

/** What a decoder has taken since it was started. */
export interface DecoderUse {
  rssBytes: number;
  cpuMs: number;
}

export type DecoderAnswer =
  | { is: 'ready' }
  | ({ is: 'prepared'; use: DecoderUse } & PreparedHead)
  | ({ is: 'facts'; use: DecoderUse } & AssetFacts)
  | { is: 'refused'; use: DecoderUse; code: string; detail: string };
