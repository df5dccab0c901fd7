import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { HookRequest, SignatureRule, Source } from './source-ports.js';
import { contentfulMessage } from './verify-contentful.js';

/** As in Standard Webhooks; no CMS documents a longer one. */
export const TOLERANCE_MS = 5 * 60_000;

/** Strapi signs nothing; its documentation recommends a header with a token. */
const STRAPI_RULE: SignatureRule = { scheme: 'token', header: 'Authorization' };

/** A request's signature to be verified, and its time. */
interface PresentedSignature {
  expected: Buffer;
  presented: Buffer;
  /** Unix time in milliseconds; absent if the sender signs no time. */
  atMs?: number;
}

/** Signed with the right secret but at another time: the sender may learn the reason. */
export class StaleRequest extends AppError {}

const hmac = (secret: string, ...parts: (string | Buffer)[]) => {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** Hashes have equal length, so that the time of the comparison discloses nothing. */
const sha256 = (value: string | Buffer) => createHash('sha256').update(value).digest();
const isEqual = (a: Buffer, b: Buffer) => timingSafeEqual(sha256(a), sha256(b));

function requireHeader(request: HookRequest, name: string): string {
  const value = request.headers[name.toLowerCase()]?.trim();
  if (value) return value;
  throw new AppError('sender_unverified', {
    detail: `The request has no "${name}" header, so its sender cannot be verified. Set the secret of this source at the sender too.`,
  });
}

function malformed(name: string, form: string): AppError {
  return new AppError('bad_signature', {
    detail: `The "${name}" header is not of the form ${form}.`,
  });
}

/** `sha256=<hex>, t=<ms>`: HMAC of the body followed directly by the time. */
function ghost(source: Source, request: HookRequest): PresentedSignature {
  const name = 'X-Ghost-Signature';
  const [, hex = '', time = ''] =
    /^sha256=([0-9a-f]{64}), ?t=(\d{10,16})$/i.exec(requireHeader(request, name)) ?? [];
  if (!hex) throw malformed(name, '"sha256=…, t=…"');
  return {
    expected: hmac(source.secret, request.body, time),
    presented: Buffer.from(hex, 'hex'),
    atMs: Number(time),
  };
}

/** `t=<ms>,v1=<base64url>`: HMAC of the time, a dot and the body. */
function sanity(source: Source, request: HookRequest): PresentedSignature {
  const name = 'sanity-webhook-signature';
  const [, time = '', mac = ''] =
    /^t=(\d{10,16})[, ]+v1=([\w-]+)=*$/.exec(requireHeader(request, name)) ?? [];
  if (!mac) throw malformed(name, '"t=…,v1=…"');
  return {
    expected: hmac(source.secret, `${time}.`, request.body),
    presented: Buffer.from(mac, 'base64url'),
    atMs: Number(time),
  };
}

/** `t=<seconds>,v1=<hex>`: HMAC of the time, a dot and the body, as our own plugin signs. */
function wordpress(source: Source, request: HookRequest): PresentedSignature {
  const name = 'X-Cardpress-Signature';
  const [, time = '', hex = ''] =
    /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(requireHeader(request, name)) ?? [];
  if (!hex) throw malformed(name, '"t=…,v1=…"');
  return {
    expected: hmac(source.secret, `${time}.`, request.body),
    presented: Buffer.from(hex, 'hex'),
    atMs: Number(time) * 1_000,
  };
}

/** HMAC in hex of the canonical request; the time is one of the signed headers. */
function contentful(source: Source, request: HookRequest): PresentedSignature {
  const name = 'X-Contentful-Signature';
  const presented = requireHeader(request, name);
  requireHeader(request, 'X-Contentful-Timestamp');
  const message = contentfulMessage(request);
  if (!message || !/^[0-9a-f]{64}$/i.test(presented)) {
    throw malformed(name, 'that request verification gives it, with the time among what is signed');
  }
  return {
    expected: hmac(source.secret, ...message.parts),
    presented: Buffer.from(presented, 'hex'),
    atMs: message.atMs,
  };
}

/** Decodes hex or base64, with or without `sha256=` before it: all forms that senders use. */
function macOf(text: string): Buffer {
  const bare = text.replace(/^sha256=/i, '');
  return /^[0-9a-f]{64}$/i.test(bare) ? Buffer.from(bare, 'hex') : Buffer.from(bare, 'base64');
}

function byRule(rule: SignatureRule, source: Source, request: HookRequest): PresentedSignature {
  const presented = requireHeader(request, rule.header);
  if (rule.scheme === 'hmac') {
    return { expected: hmac(source.secret, request.body), presented: macOf(presented) };
  }
  const token = presented.replace(/^Bearer +/i, '');
  return { expected: Buffer.from(source.secret), presented: Buffer.from(token) };
}

function signatureOf(source: Source, request: HookRequest): PresentedSignature {
  switch (source.kind) {
    case 'ghost':
      return ghost(source, request);
    case 'sanity':
      return sanity(source, request);
    case 'wordpress':
      return wordpress(source, request);
    case 'contentful':
      return contentful(source, request);
    case 'strapi':
      return byRule(source.signature ?? STRAPI_RULE, source, request);
    case 'generic':
      if (source.signature) return byRule(source.signature, source, request);
      throw new Error(`The source "${source.name}" has no rule for its signature.`);
  }
}

/**
 * Computes one HMAC of the body for every request, even an invalid one or a token, so that the time
 * discloses no kind.
 */
function signatureInConstantTime(source: Source, request: HookRequest): PresentedSignature {
  try {
    const claim = signatureOf(source, request);
    const rule = source.signature ?? (source.kind === 'strapi' ? STRAPI_RULE : undefined);
    if (rule?.scheme === 'token') hmac(source.secret, request.body);
    return claim;
  } catch (error) {
    hmac(source.secret, request.body);
    throw error;
  }
}

/**
 * Verifies that the sender knows the secret, as each CMS documents it. Compares in constant time,
 * and checks the time only after the signature.
 * @returns the signed time in Unix milliseconds, if the sender signs one
 * @throws AppError `sender_unverified` without a signature or with one that is over five minutes
 *   off; `bad_signature` for one that does not match
 */
export function verifySender(
  source: Source,
  request: HookRequest,
  nowMs: number,
): number | undefined {
  const { expected, presented, atMs } = signatureInConstantTime(source, request);
  if (!isEqual(expected, presented)) {
    throw new AppError('bad_signature', {
      detail:
        'The signature or token does not match this body and the secret of this source. Set the same secret at the sender; nothing on the way may change the body.',
    });
  }
  if (atMs !== undefined && Math.abs(nowMs - atMs) > TOLERANCE_MS) {
    const seconds = Math.round(Math.abs(nowMs - atMs) / 1_000);
    throw new StaleRequest('sender_unverified', {
      detail: `The request was signed ${seconds} seconds ${atMs < nowMs ? 'ago' : 'ahead of now'}; at most ${TOLERANCE_MS / 1_000} are allowed. Check the clocks of both machines.`,
    });
  }
  return atMs;
}
