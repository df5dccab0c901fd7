import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type CanonicalAddress, canonicalAddress } from './canonical-address.js';

/** Name of the parameter with the signature; it is not itself signed. */
export const SIGNATURE_PARAM = 'sig';

/**
 * The key that signs URLs. Separate from the key for image ids, because it may be given to others.
 */
export function deriveUrlKey(signingSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', signingSecret, '', 'cardpress url v1', 32));
}

/** The key for hashing networks where they are counted, so that they cannot be read from there. */
export function deriveNetworkKey(signingSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', signingSecret, '', 'cardpress network v1', 32));
}

/** SHA-256 in base64url. */
const SIGNATURE_LENGTH = 43;

const signText = (key: Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest('base64url');

/** HMAC-SHA256 over the canonical address, as 43 characters of base64url. */
export function signAddress(key: Buffer, address: CanonicalAddress): string {
  return signText(key, canonicalAddress(address));
}

/**
 * Whether one of the keys signed the address. Takes equal time for every wrong signature. The texts
 * are compared, not their bytes: the last character of base64url has unused bits, and two spellings
 * of one signature would be two addresses of one image.
 */
export function isSigned(keys: readonly Buffer[], address: CanonicalAddress): boolean {
  const params = new Map(address.params);
  const given = Buffer.from(params.get(SIGNATURE_PARAM) ?? '');
  params.delete(SIGNATURE_PARAM);
  // A signature of another length is refused at once; the length is public anyway.
  if (given.length !== SIGNATURE_LENGTH) return false;
  const text = canonicalAddress({ path: address.path, params });
  let matches = false;
  for (const key of keys) {
    const expected = Buffer.from(signText(key, text));
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}
