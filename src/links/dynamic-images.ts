import { signedCaller } from '../images/caller.js';
import type { Quota } from '../images/quota.js';
import { isPinned } from '../templates/template-reference.js';
import type { DynamicRequest, DynamicUrls } from './dynamic-url.js';
import type { FallbackChain, FallbackReason } from './fallback-chain.js';
import type { ImageAnswer } from './image-answer.js';
import { secondsLeft } from './seconds-left.js';

/** Answers signed addresses with images. */
export function createDynamicImages(deps: {
  urls: Pick<DynamicUrls, 'read' | 'load'>;
  fallbackChain: Pick<FallbackChain, 'answer' | 'fallback'>;
  /** Quota of the key that an address names. */
  quotaOf(keyId: string | undefined): Quota | undefined;
  budgetMs: number;
  now?: () => Date;
}) {
  const now = deps.now ?? (() => new Date());

  /** How values are read depends on the template, which is loaded for an address that is signed. */
  async function readLoaded(raw: string): Promise<DynamicRequest | undefined> {
    const found = deps.urls.read(raw);
    if (!found || !isPinned(found.request.template)) return found;
    await deps.urls.load(found.request.template).catch(() => undefined);
    return deps.urls.read(raw);
  }

  /**
   * The answer for an address as received. After its expiry a fallback card is shown. Undefined if
   * it never was a valid kind of address.
   * @param signal aborted once the reader has disconnected
   * @throws AppError `bad_signature`, and nothing else
   */
  return async function dynamicImage(
    raw: string,
    signal?: AbortSignal,
  ): Promise<ImageAnswer | undefined> {
    const found = await readLoaded(raw);
    if (!found) return undefined;
    const { request, format, expiresAt, keyId } = found;
    const onDemand = { priority: 'reader' as const, ...(signal ? { signal } : {}) };
    const caller = signedCaller(request.template);
    const options = { format, budgetMs: deps.budgetMs, caller, onDemand };
    if (secondsLeft(expiresAt, now()) === 0) {
      const reason: FallbackReason = 'expired';
      return deps.fallbackChain.fallback(request, options, reason);
    }
    const quota = deps.quotaOf(keyId);
    const answer = await deps.fallbackChain.answer(request, { ...options, quota });
    const left = secondsLeft(expiresAt, now());
    return left === undefined ? answer : { ...answer, maxAgeSeconds: left };
  };
}

export type DynamicImage = ReturnType<typeof createDynamicImages>;
