import { type Metadata, sharp } from '../configured-sharp.js';
import { invalidPicture } from '../picture-limits.js';
import type { PictureKind } from '../sniff-picture.js';

/** libvips' readers from memory, and the format that each says it has read. */
const LOADERS: Record<PictureKind, { operation: string; format: string }> = {
  png: { operation: 'VipsForeignLoadPngBuffer', format: 'png' },
  jpeg: { operation: 'VipsForeignLoadJpegBuffer', format: 'jpeg' },
  webp: { operation: 'VipsForeignLoadWebpBuffer', format: 'webp' },
  gif: { operation: 'VipsForeignLoadNsgifBuffer', format: 'gif' },
  avif: { operation: 'VipsForeignLoadHeifBuffer', format: 'heif' },
  tiff: { operation: 'VipsForeignLoadTiffBuffer', format: 'tiff' },
  svg: { operation: 'VipsForeignLoadSvgBuffer', format: 'svg' },
};

/** Leaves libvips of this process with these readers alone: nothing from files, nothing by chance. */
export function allowLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: Object.values(LOADERS).map(({ operation }) => operation) });
}

/**
 * That what was opened is what its first bytes say.
 * @throws AppError `asset_invalid`
 */
export function assertLoader(kind: PictureKind, { format, compression }: Metadata): void {
  const isRight = format === LOADERS[kind].format && (kind !== 'avif' || compression === 'av1');
  if (!isRight) {
    throw invalidPicture(
      'The file is not what its first bytes say. Save it again in a usual format.',
      new Error(`${kind} was read as ${format} ${compression ?? ''}`),
    );
  }
}
