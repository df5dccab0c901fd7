import { AppError } from '../errors/app-error.js';
import { tooLarge } from './read-body.js';

function invalid(why: string): AppError {
  return new AppError('asset_invalid', {
    detail: `The data: address ${why}. Write data:image/png;base64,… with the whole file.`,
  });
}

/** Decodes %XX to bytes; a `%` that is no escape is itself, and unescaped letters are UTF-8. */
function percentDecode(text: string): Buffer {
  const parts = text.split(/((?:%[0-9a-f]{2})+)/i);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 1 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part, 'utf8'),
    ),
  );
}

/**
 * The bytes of a `data:` URL (RFC 2397), base64 or percent-encoded. The media type is ignored: the
 * content decides what a file is.
 * @throws AppError `asset_invalid`, `asset_too_large`
 */
export function decodeDataUrl(url: string, maxBytes: number): Buffer {
  const comma = url.indexOf(',');
  if (!/^data:/i.test(url) || comma === -1) throw invalid('has no content');
  // Base64 needs 4 characters for 3 bytes, %XX three for one: what cannot fit is not decoded.
  if (url.length - comma > maxBytes * 3 + 1) throw tooLarge('the data: address', maxBytes);
  const content = url.slice(comma + 1);
  let body: Buffer;
  if (/;\s*base64\s*$/i.test(url.slice(0, comma))) {
    const base64 = percentDecode(content).toString('latin1').replaceAll(/\s/g, '');
    if (!/^[a-z0-9+/_-]*={0,2}$/i.test(base64)) throw invalid('is not valid base64');
    body = Buffer.from(base64, 'base64');
  } else {
    body = percentDecode(content);
  }
  if (body.length === 0) throw invalid('is empty');
  if (body.length > maxBytes) throw tooLarge('the data: address', maxBytes);
  return body;
}
