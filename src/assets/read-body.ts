import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AppError } from '../errors/app-error.js';

const decoders: Record<string, () => Transform> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/** Only one layer of compression: more are only used by decompression bombs. */
function decoderFor(contentEncoding: string, host: string): Transform | undefined {
  const coding = contentEncoding.trim().toLowerCase();
  if (coding === '' || coding === 'identity') return undefined;
  const create = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
  if (create) return create();
  throw new AppError('asset_invalid', {
    detail: `${host} answered in the encoding "${coding.slice(0, 40)}", which cannot be read. Serve the file plain or with gzip.`,
  });
}

export function tooLarge(host: string, maxBytes: number): AppError {
  const limit =
    maxBytes >= 1_048_576 ? `${Math.floor(maxBytes / 1_048_576)} MB` : `${maxBytes} bytes`;
  return new AppError('asset_too_large', {
    detail: `The file at ${host} is larger than ${limit}. Use a smaller one.`,
  });
}

export interface ReadBodyOptions {
  host: string;
  contentEncoding: string;
  /** Counted after decompression. */
  maxBytes: number;
  /** `cut` keeps the first `maxBytes` bytes of a longer body. */
  onOversize: 'refuse' | 'cut';
}

/**
 * Reads and decompresses a body, holding at most `maxBytes` and one chunk.
 * @throws AppError `asset_too_large`, `asset_invalid` (unknown or broken compression)
 */
export async function readBody(body: Readable, options: ReadBodyOptions): Promise<Buffer> {
  let decoder: Transform | undefined;
  try {
    decoder = decoderFor(options.contentEncoding, options.host);
  } catch (error) {
    body.on('error', () => undefined).destroy();
    throw error;
  }
  const source = decoder ? pipeline(body, decoder, () => undefined) : body;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= options.maxBytes) continue;
      if (options.onOversize === 'refuse') throw tooLarge(options.host, options.maxBytes);
      break;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_') && !code.startsWith('ERR__ERROR_FORMAT')) throw error;
    throw new AppError('asset_invalid', {
      detail: `${options.host} sent broken compressed data. Check the file.`,
      cause: error,
    });
  } finally {
    body.on('error', () => undefined).destroy();
    decoder?.destroy();
  }
  return Buffer.concat(chunks).subarray(0, options.maxBytes);
}
