import type { ImageSpec } from '../images/image.js';
import type { PixelReader, Preview } from '../images/ports.js';

/* What the checks need from the outside. */

export type TestAssetKind =
  | 'wide'
  | 'square'
  | 'tall'
  | 'one_pixel'
  | 'transparent'
  | 'white'
  | 'black'
  | 'busy';

/** Pictures that real sheets are full of, drawn here and never fetched. */
export interface TestAssets {
  /** A `data:` address of PNG; the same for the same kind, always. */
  address(kind: TestAssetKind): Promise<string>;
}

/** Makes pictures small enough to lie side by side in one page. */
interface Thumbnailer {
  /** At most `widthPx` wide, never enlarged. WebP. */
  thumbnail(picture: Buffer, widthPx: number): Promise<{ contentType: string; body: Buffer }>;
}

/** @throws AppError what the rendering failed with */
export type DrawOne = (spec: ImageSpec, signal?: AbortSignal) => Promise<Preview>;

export interface CheckPorts {
  draw: DrawOne;
  testAssets: TestAssets;
  thumbnails: Thumbnailer;
  pixelReader: PixelReader;
}
