import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import type { Network } from '../config/network-list.js';
import { remembered } from '../lib/remembered.js';
import { withoutZone } from '../lib/without-zone.js';
import type { ReaderKind } from '../links/reader.js';
import type { Logger } from '../observability/logger.js';
import { isInside } from './inside-networks.js';
import { mailProxies } from './mail-proxies.js';
import { createNetworkSet } from './network-set.js';
import type {} from './request-context.js';

/** The client for which a request is counted. */
export interface Client {
  address: string;
  kind: ReaderKind;
}

export interface ClientOptions {
  /** Proxies whose X-Forwarded-For is trusted. */
  trustedProxies?: readonly Network[];
  /** Networks that many readers share, besides the known mail proxies. */
  sharedNetworks?: readonly Network[];
  logger: Pick<Logger, 'warn'>;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

const MAX_REMEMBERED = 10_000;
const WARN_INTERVAL_MS = 3_600_000;

/** An address as proxies write it: with a port, in brackets, of IPv4 within IPv6. */
function bareAddress(text: string): string {
  const trimmed = withoutZone(text.trim());
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed) ?? [];
  const [, withPort] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed) ?? [];
  const address = bracketed ?? withPort ?? trimmed;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return mapped ?? address;
}

/**
 * Determines the client of a request: the last address in X-Forwarded-For that is not a trusted
 * proxy. Entries of untrusted senders are ignored.
 */
export function identifyClient(options: ClientOptions): RequestHandler {
  const { trustedProxies = [], sharedNetworks = [], logger } = options;
  const clock = options.clock ?? (() => performance.now());
  const isTrusted = createNetworkSet(trustedProxies);
  const isShared = createNetworkSet([...mailProxies, ...sharedNetworks]);
  let warnedAtMs = Number.NEGATIVE_INFINITY;

  function warnOfForwarded(peer: string): void {
    if (clock() - warnedAtMs < WARN_INTERVAL_MS) return;
    warnedAtMs = clock();
    logger.warn(
      { from: isInside(peer) ? peer : 'a public address' },
      'X-Forwarded-For comes from an address that TRUSTED_PROXIES does not name, and is not believed. If it is a proxy of yours, name it: its readers cannot be told apart otherwise',
    );
  }

  const kindOf = remembered(MAX_REMEMBERED, (address): ReaderKind => {
    if (isShared(address)) return 'shared';
    return isInside(address) || isTrusted(address) || isIP(address) === 0 ? 'unknown' : 'network';
  });

  function addressOf(peer: string, forwarded: string | undefined): string {
    if (forwarded === undefined) return peer;
    if (!isTrusted(peer)) {
      warnOfForwarded(peer);
      return peer;
    }
    let address = peer;
    for (const text of forwarded.split(',').reverse()) {
      const next = bareAddress(text);
      // An entry that is no address says nothing, and nothing before it can be trusted.
      if (isIP(next) === 0) return address;
      address = next;
      if (!isTrusted(next)) return address;
    }
    return address;
  }

  return (req, res, next) => {
    const peer = bareAddress(req.socket.remoteAddress ?? '');
    const header = req.headers['x-forwarded-for'];
    const address = addressOf(peer, Array.isArray(header) ? header.join(',') : header);
    res.locals.client = { address, kind: kindOf(address) };
    next();
  };
}
