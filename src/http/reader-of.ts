import type { Response } from 'express';
import { type Reader, UNKNOWN_READER } from '../links/reader.js';
import { clientNetwork, wideClientNetwork } from './client-network.js';
import type {} from './request-context.js';

/**
 * The reader of a request, for limits by reader; its signal is aborted once the reader has
 * disconnected.
 */
export function readerOf(res: Response): Reader & { signal: AbortSignal } {
  const leaving = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) leaving.abort();
  });
  if (res.closed || res.destroyed) leaving.abort();
  const { signal } = leaving;
  const { client } = res.locals;
  if (!client || client.kind === 'unknown') return { ...UNKNOWN_READER, signal };
  const { address, kind } = client;
  return {
    kind,
    network: clientNetwork(address),
    wideNetwork: wideClientNetwork(address),
    signal,
  };
}
