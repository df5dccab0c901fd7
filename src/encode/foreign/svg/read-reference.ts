import type { AssetFormat } from '../../../formats/image-formats.js';
import { invalidAsset } from '../../asset-limits.js';
import { sniffAsset } from '../../sniff-asset.js';

/** Formats that librsvg draws inside an SVG. */
type EmbeddedKind = Extract<AssetFormat, 'png' | 'jpeg' | 'webp' | 'gif'>;

export interface EmbeddedAsset {
  kind: EmbeddedKind;
  bytes: Buffer;
}

/** What an address in an SVG refers to, as far as it may be drawn. */
export type Reference =
  | { to: 'fragment'; id: string }
  | { to: 'asset'; asset: EmbeddedAsset }
  | { to: 'nothing' };

const NOTHING: Reference = { to: 'nothing' };
const EMBEDDED: readonly string[] = ['png', 'jpeg', 'webp', 'gif'] satisfies EmbeddedKind[];
/** Fonts and style sheets in data: addresses are never loaded by librsvg. */
const NEVER_DRAWN = /^(font|text|application)\//i;

/**
 * Strips an address like browsers do: control characters and spaces around it, and line breaks and
 * tabs within.
 */
function stripAddress(value: string): string {
  const isBlank = (at: number) => value.charCodeAt(at) <= 0x20;
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(start)) start += 1;
  while (start < end && isBlank(end - 1)) end -= 1;
  return value.slice(start, end).replaceAll(/[\t\n\r]/g, '');
}

function percentDecode(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] === 0x25 ? bytes.toString('latin1', at + 1, at + 3) : '';
    const isEscape = /^[0-9a-f]{2}$/i.test(code);
    bytes[length] = isEscape ? Number.parseInt(code, 16) : (bytes[at] ?? 0);
    if (isEscape) at += 2;
    length += 1;
  }
  return bytes.subarray(0, length);
}

/** The bytes of a data: address, and the media type that it claims. */
function decodeData(address: string): { bytes: Buffer; label: string } {
  const whole = address.split('#', 1)[0] ?? '';
  const comma = whole.indexOf(',');
  if (comma === -1) return { bytes: Buffer.alloc(0), label: '' };
  const label = whole.slice(0, comma).trim();
  const content = percentDecode(whole.slice(comma + 1));
  const isBase64 = /;\s*base64$/i.test(label);
  const bytes = isBase64 ? Buffer.from(content.toString('latin1'), 'base64') : content;
  return { bytes, label };
}

function kindOf(bytes: Buffer): AssetFormat | undefined {
  try {
    return sniffAsset(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Decides by the content that an address leads to. The claimed media type of a data: address allows
 * nothing: it only tells what can be left out, because it was never drawn, from what has to be
 * refused.
 * @throws AppError `asset_invalid` for an embedded image of a format that is not accepted inside
 *   SVG, SVG itself above all
 */
export function readReference(value: string): Reference {
  const address = stripAddress(value);
  if (address.startsWith('#')) {
    const id = address.slice(1);
    return id.includes('#') ? NOTHING : { to: 'fragment', id };
  }
  const scheme = /^data\s*:/i.exec(address)?.[0];
  if (scheme === undefined) return NOTHING;
  const { bytes, label } = decodeData(address.slice(scheme.length));
  const kind = kindOf(bytes);
  if (kind !== undefined && EMBEDDED.includes(kind)) {
    return { to: 'asset', asset: { kind: kind as EmbeddedKind, bytes } };
  }
  if (kind === undefined && NEVER_DRAWN.test(label)) return NOTHING;
  throw invalidAsset(
    'The SVG holds a picture of a kind that is not accepted inside one. Embed PNG or JPEG as base64.',
  );
}
