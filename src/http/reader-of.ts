import type { Response } from 'express';
import { remembered } from '../lib/remembered.js';
import { type Reader, UNKNOWN_READER } from '../links/reader.js';
import { clientNetwork, wideClientNetwork } from './client-network.js';
import type {} from './request-context.js';

const MAX_REMEMBERED = 10_000;
/** A reason of its own saves the stack trace of each. */
const DISCONNECTED = 'disconnected';

/** By address. */
const networksOf = remembered(MAX_REMEMBERED, (address) => ({
  network: clientNetwork(address),
  wideNetwork: wideClientNetwork(address),
}));

/**
 * The reader of a request, for limits by reader; its signal is aborted once the reader has
 * disconnected.
 */
export function readerOf(res: Response): Reader & { signal: AbortSignal } {
  const leaving = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) leaving.abort(DISCONNECTED);
  });
  if (res.closed || res.destroyed) leaving.abort(DISCONNECTED);
  const { signal } = leaving;
  const { client } = res.locals;
  if (!client || client.kind === 'unknown') return { ...UNKNOWN_READER, signal };
  const { address, kind } = client;
  return {
    kind,
    ...networksOf(address),
    signal,
  };
}
