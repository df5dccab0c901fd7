import { createHmac, hkdfSync } from 'node:crypto';
import type { ImageSpec } from './image.js';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base32 in lower case, without padding: safe in paths, host names and job ids. */
export function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      text += ALPHABET[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  if (bits > 0) text += ALPHABET[(value << (5 - bits)) & 31];
  return text;
}

/** JSON with sorted keys and no spaces, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`);
    return `{${pairs.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** The key for image ids, separate from the key that signs URLs. */
export function deriveIdKey(signingSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', signingSecret, '', 'cardpress image id v1', 32));
}

/**
 * The image's id: 32 characters of base32 (160 bits of an HMAC-SHA256) over everything that can
 * change a pixel. Nobody can compute it without the key, so an address cannot be guessed from known
 * data (a way in which caches of such services were poisoned).
 */
export function imageId(idKey: Buffer, spec: ImageSpec): string {
  const digest = createHmac('sha256', idKey).update(canonicalJson(spec)).digest();
  return base32(digest.subarray(0, 20));
}

export const IMAGE_ID_PATTERN = /^[a-z2-7]{32}$/;
