import type { Request } from 'express';
import { AppError } from '../errors/app-error.js';

/** What a sender is told, as whole sentences. */
interface Remedies {
  tooLarge: string;
  compressed: string;
}

/**
 * The bytes of a request as they were sent.
 * @throws AppError `body_too_large`, `unsupported_media_type` for a compressed body, `bad_json` for
 *   one that was cut off
 */
export async function readBytes(
  req: Request,
  limitBytes: number,
  remedies: Remedies,
): Promise<Buffer> {
  const tooLarge = () =>
    new AppError('body_too_large', {
      detail: `The body is larger than ${limitBytes} bytes. ${remedies.tooLarge}`,
    });
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AppError('unsupported_media_type', { detail: remedies.compressed });
  }
  if (Number(req.headers['content-length']) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise<Buffer>((resolve, reject) => {
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // What is left is let through unread, so that the sender gets to read the answer.
      if (bytes > limitBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('close', () =>
      reject(new AppError('bad_json', { detail: 'The body was cut off on the way.' })),
    );
    req.on('error', reject);
  });
}
