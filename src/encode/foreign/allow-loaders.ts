import type { AssetFormat } from '../../formats/image-formats.js';
import { invalidAsset } from '../asset-limits.js';
import { type Metadata, sharp } from '../configured-sharp.js';

/** libvips' loaders from memory, and the format name that each reports. */
const LOADERS: Record<AssetFormat, { operation: string; format: string }> = {
  png: { operation: 'VipsForeignLoadPngBuffer', format: 'png' },
  jpeg: { operation: 'VipsForeignLoadJpegBuffer', format: 'jpeg' },
  webp: { operation: 'VipsForeignLoadWebpBuffer', format: 'webp' },
  gif: { operation: 'VipsForeignLoadNsgifBuffer', format: 'gif' },
  avif: { operation: 'VipsForeignLoadHeifBuffer', format: 'heif' },
  tiff: { operation: 'VipsForeignLoadTiffBuffer', format: 'tiff' },
  svg: { operation: 'VipsForeignLoadSvgBuffer', format: 'svg' },
};

/** Allows only these loaders in this process: nothing is read from files, and no other format. */
export function allowLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: Object.values(LOADERS).map(({ operation }) => operation) });
}

/**
 * Checks that the loader matches the first bytes of the file.
 * @throws AppError `asset_invalid`
 */
export function assertLoader(kind: AssetFormat, { format, compression }: Metadata): void {
  const isRight = format === LOADERS[kind].format && (kind !== 'avif' || compression === 'av1');
  if (!isRight) {
    throw invalidAsset(
      'The file is not what its first bytes say. Save it again in a usual format.',
      new Error(`${kind} was read as ${format} ${compression ?? ''}`),
    );
  }
}
