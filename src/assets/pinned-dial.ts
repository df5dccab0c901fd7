import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy, PinnedAddress } from './address-policy.js';

/** Delay before the next address is tried in parallel (RFC 8305 suggests 250 ms). */
const NEXT_ADDRESS_AFTER_MS = 250;

export interface PinnedDial {
  host: string;
  lookup: LookupFunction;
  autoSelectFamily: boolean;
  autoSelectFamilyAttemptTimeout: number;
}

/**
 * Options for `net.connect` and `tls.connect` that connect to the given addresses only. TLS and
 * HTTP still see the name. Node calls `lookup` for names only: for an IP literal, `host` is the
 * checked address itself.
 */
export function pinnedDial(hostname: string, addresses: PinnedAddress[]): PinnedDial {
  const [first] = addresses;
  if (!first) throw new Error(`No address to dial for ${hostname}`);
  const isLiteral = hostname.startsWith('[') || addresses.some((a) => a.address === hostname);
  return {
    host: isLiteral ? first.address : hostname,
    lookup(_hostname, options, callback) {
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    },
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
  };
}

/**
 * The connector of the fetcher's agent. undici calls it for names and IP literals alike, unlike
 * `connect.lookup`, so that every address is checked.
 */
export function createPinnedConnector(
  policy: AddressPolicy,
  connectTimeoutMs: number,
): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    policy.resolveAllowed(options.hostname, port).then(
      (addresses) => {
        const { host, ...dial } = pinnedDial(options.hostname, addresses);
        const connect = buildConnector({
          ...dial,
          port,
          timeout: connectTimeoutMs,
          maxCachedSessions: 0,
        });
        connect({ ...options, hostname: host }, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}
