import { AppError } from '../errors/app-error.js';
import { tooLarge } from './read-body.js';

function invalid(why: string): AppError {
  return new AppError('asset_invalid', {
    detail: `The data: address ${why}. Write data:image/png;base64,… with the whole file.`,
  });
}

/** Decodes %XX to bytes; everything else must be ASCII, as RFC 3986 requires. */
function percentDecode(text: string): Buffer {
  if (/%(?![0-9a-f]{2})/i.test(text))
    throw invalid('holds a "%" that is not followed by two digits');
  const latin1 = text.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  // Browsers read unescaped characters in SVG text as UTF-8.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of one byte
  return /^[\x00-\xff]*$/.test(latin1) && !/[\x80-\xff]/.test(text)
    ? Buffer.from(latin1, 'latin1')
    : Buffer.from(decodeURIComponent(text), 'utf8');
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
    try {
      body = percentDecode(content);
    } catch (error) {
      throw error instanceof AppError ? error : invalid('is not valid');
    }
  }
  if (body.length === 0) throw invalid('is empty');
  if (body.length > maxBytes) throw tooLarge('the data: address', maxBytes);
  return body;
}
