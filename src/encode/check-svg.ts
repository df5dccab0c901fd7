import { AppError } from '../errors/app-error.js';
import { sharp } from './configured-sharp.js';
import { invalidPicture, MAX_INPUT_PIXELS, MAX_SVG_BYTES } from './picture-limits.js';

/** Declarations before the root: XML declaration, processing instructions, comments, white space. */
const PROLOGUE = /^(?:\s+|<\?[\s\S]*?\?>|<!--[\s\S]*?-->)+/;
/** What drawing programs write: a reference to the SVG DTD, without declarations of its own. */
const PLAIN_DOCTYPE =
  /^<!DOCTYPE\s+svg(?:\s+PUBLIC\s+("[^"]*"|'[^']*')\s+("[^"]*"|'[^']*')|\s+SYSTEM\s+("[^"]*"|'[^']*'))?\s*>/;

/** Enough for any drawing with embedded pictures that is still a logo. */
const MAX_EMBEDDED = 16;

function decodeText(bytes: Buffer): string {
  const [first, second] = bytes;
  const declared = /^<\?xml[^>]*\bencoding=["']([\w.-]{1,40})["']/.exec(
    bytes.toString('latin1', 0, 200),
  )?.[1];
  const byMark =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : undefined;
  try {
    return new TextDecoder(byMark ?? declared ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalidPicture('The SVG is not valid text. Save it as UTF-8.', error);
  }
}

function stripPrologue(text: string): string {
  let rest = text.replace(PROLOGUE, '');
  // A reference to the DTD is harmless because it is taken out; entities could grow without bound.
  rest = rest.replace(PLAIN_DOCTYPE, '').replace(PROLOGUE, '');
  if (/<!(DOCTYPE|ENTITY)/i.test(rest)) {
    throw invalidPicture(
      'The SVG declares a DOCTYPE with entities. Save it as plain SVG ("optimised" or "web").',
    );
  }
  return rest;
}

function undoCharacterReferences(text: string): string {
  return text.replaceAll(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_all, hex, decimal) => {
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/**
 * Pictures inside the drawing are decoded by librsvg, which has no limit of ours: they are measured
 * here first. Only base64 can be measured, and nothing else is written in practice.
 */
async function checkEmbedded(text: string): Promise<void> {
  const plain = undoCharacterReferences(text);
  const embedded = [...plain.matchAll(/data\s*:\s*([^,"'>]{0,100}),([^"')>]*)/gi)];
  // Fonts and style sheets in data: addresses are never loaded by librsvg.
  const pictures = embedded.filter(([, type]) => !/^(font|text|application)\//i.test(type ?? ''));
  if (pictures.length > MAX_EMBEDDED) {
    throw invalidPicture(`The SVG holds more than ${MAX_EMBEDDED} pictures. Use a simpler one.`);
  }
  let pixels = 0;
  for (const [, type = '', content = ''] of pictures) {
    if (!/^image\/(png|jpe?g|webp|gif);\s*base64$/i.test(type.replaceAll(/\s+/g, ''))) {
      throw invalidPicture(
        'The SVG holds a picture of a kind that is not accepted inside one. Embed PNG or JPEG as base64.',
      );
    }
    const bytes = Buffer.from(content.replaceAll(/\s|%[0-9a-f]{2}/gi, ''), 'base64');
    const { width = 0, height = 0 } = await sharp(bytes, { limitInputPixels: false })
      .metadata()
      .catch((cause) => {
        throw invalidPicture('A picture inside the SVG cannot be read. Export it again.', cause);
      });
    pixels += width * height;
  }
  if (pixels > MAX_INPUT_PIXELS / 2) {
    throw new AppError('asset_too_large', {
      detail: 'The pictures inside the SVG are too large. Use smaller ones.',
    });
  }
}

/**
 * The SVG as UTF-8 without prologue, fit to be drawn. Scripts, foreign objects and references to
 * other files stay in it: what draws it (librsvg, from memory) runs and loads none of them.
 * @throws AppError `asset_too_large`, `asset_invalid`
 */
export async function checkSvg(bytes: Buffer): Promise<Buffer> {
  if (bytes.length > MAX_SVG_BYTES) {
    throw new AppError('asset_too_large', {
      detail: 'The SVG is larger than 1 MB. Simplify it, or use a PNG.',
    });
  }
  const text = stripPrologue(decodeText(bytes));
  if (!/^<svg[\s>/]/.test(text)) {
    throw invalidPicture('The file holds no SVG drawing at its root. Export it again.');
  }
  await checkEmbedded(text);
  return Buffer.from(text, 'utf8');
}
