import { createHmac, hkdfSync } from 'node:crypto';
import { base32 } from '../lib/base32.js';
import type { ImageSpec } from './image.js';

/**
 * JSON with keys sorted by code units and no spaces, so that equal values have equal texts. Members
 * that are undefined are left out.
 */
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

/** The key for image ids (HKDF, RFC 5869), separate from the key that signs URLs. */
export function deriveIdKey(signingSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', signingSecret, '', 'cardpress image id v1', 32));
}

/**
 * The image's id: 32 characters of base32 (160 bits of an HMAC-SHA256) over everything that can
 * change a pixel. Nobody can compute it without the key, so an address cannot be guessed from known
 * data.
 */
export function imageId(idKey: Buffer, spec: ImageSpec): string {
  const digest = createHmac('sha256', idKey).update(canonicalJson(spec)).digest();
  return base32(digest.subarray(0, 20));
}

export const IMAGE_ID_PATTERN = /^[a-z2-7]{32}$/;
