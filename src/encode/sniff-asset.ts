import type { AssetFormat } from '../formats/image-formats.js';
import { ACCEPTED, invalidAsset } from './asset-limits.js';

/** How much of a file is read; comments and prologues before `<svg` are rarely longer. */
const HEAD_BYTES = 4096;

function startsWith(bytes: Buffer, signature: number[], offset = 0): boolean {
  return signature.every((byte, index) => bytes[offset + index] === byte);
}

function ascii(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

/** The brands of an ISO base media file (`ftyp` box): AVIF and HEIC share the container. */
function isoBrands(bytes: Buffer): string[] | undefined {
  if (ascii(bytes, 4, 8) !== 'ftyp') return undefined;
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const brands = [ascii(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(bytes, at, at + 4));
  return brands;
}

function textHead(bytes: Buffer): string {
  const utf16 = startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff]);
  const label = !utf16 ? 'utf-8' : bytes[0] === 0xff ? 'utf-16le' : 'utf-16be';
  return new TextDecoder(label).decode(bytes.subarray(0, HEAD_BYTES)).trimStart();
}

/** A description of an unusable file, for a helpful message. */
function describeOther(bytes: Buffer): string {
  const head = textHead(bytes);
  if (/^<(!doctype html|html|head|body)[\s>]/i.test(head)) {
    return 'The address leads to a web page, not to a picture. Use the address of the picture file itself.';
  }
  const brands = isoBrands(bytes);
  const known: [string, boolean][] = [
    ['a HEIC photo', brands?.some((b) => /^(hei|hev|mif1|msf1)/.test(b)) ?? false],
    ['a video', brands !== undefined],
    ['a BMP picture', ascii(bytes, 0, 2) === 'BM'],
    ['a Windows icon', startsWith(bytes, [0, 0, 1, 0])],
    ['a Photoshop file', ascii(bytes, 0, 4) === '8BPS'],
    ['a PDF', ascii(bytes, 0, 5) === '%PDF-'],
    ['a JPEG XL picture', startsWith(bytes, [0xff, 0x0a]) || ascii(bytes, 4, 8) === 'JXL '],
    ['a compressed file', startsWith(bytes, [0x1f, 0x8b]) || ascii(bytes, 0, 2) === 'PK'],
    ['text', !bytes.subarray(0, HEAD_BYTES).includes(0)],
  ];
  const what = known.find(([, matches]) => matches)?.[0];
  return what ? `The file is ${what}. ${ACCEPTED}` : `The file is not a known picture. ${ACCEPTED}`;
}

/**
 * The format of a file by its content; names and media types are ignored.
 * @throws AppError `asset_invalid` naming what it seems to be, and what is accepted
 */
export function sniffAsset(bytes: Buffer): AssetFormat {
  if (bytes.length === 0) throw invalidAsset(`The file is empty. ${ACCEPTED}`);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp';
  if (/^GIF8[79]a/.test(ascii(bytes, 0, 6))) return 'gif';
  if (/^(II\*\0|MM\0\*)/.test(ascii(bytes, 0, 4))) return 'tiff';
  if (isoBrands(bytes)?.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  const head = textHead(bytes);
  const isMarkup = head.startsWith('<') && !/^(<!doctype html|<html[\s>])/i.test(head);
  if (isMarkup && /<svg[\s>/]/.test(head)) return 'svg';
  throw invalidAsset(describeOther(bytes));
}
