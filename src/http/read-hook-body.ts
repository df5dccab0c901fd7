import type { Request } from 'express';
import { AppError } from '../errors/app-error.js';

function tooLarge(limitBytes: number): AppError {
  return new AppError('body_too_large', {
    detail: `The body is larger than ${limitBytes} bytes. Have the sender leave out what the picture does not need.`,
  });
}

/**
 * The bytes of a request as they were signed.
 * @throws AppError `body_too_large`, `unsupported_media_type` for a compressed body, `bad_json` for
 *   one that was cut off
 */
export async function readHookBody(req: Request, limitBytes: number): Promise<Buffer> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AppError('unsupported_media_type', {
      detail: 'Send the body as it was signed, without compression.',
    });
  }
  if (Number(req.headers['content-length']) > limitBytes) throw tooLarge(limitBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise<Buffer>((resolve, reject) => {
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // What is left is let through unread, so that the sender gets to read the answer.
      if (bytes > limitBytes) reject(tooLarge(limitBytes));
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('close', () =>
      reject(new AppError('bad_json', { detail: 'The body was cut off on the way.' })),
    );
    req.on('error', reject);
  });
}
