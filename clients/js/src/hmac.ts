const encoder = new TextEncoder();

/** What is hashed and what keys are made of, over memory that nobody else shares. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes;

/** HMAC-SHA256, 32 bytes, by Web Crypto: Node, browsers, Deno and edge runtimes all have it. */
export async function hmacSha256(key: Bytes, message: Bytes): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
}

export const base64 = (bytes: Bytes) => btoa(String.fromCharCode(...bytes));
