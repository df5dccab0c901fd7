import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy, PinnedAddress } from './address-policy.js';

/** Per address; the next one is tried in parallel after this long (RFC 8305 suggests 250 ms). */
const NEXT_ADDRESS_AFTER_MS = 250;

export interface PinnedDial {
  host: string;
  lookup: LookupFunction;
  autoSelectFamily: boolean;
  autoSelectFamilyAttemptTimeout: number;
}

/**
 * Options for `net.connect` and `tls.connect` that lead to the given addresses and nowhere else.
 * The name stays what TLS and HTTP see. Node asks `lookup` for names only: for a literal, `host`
 * is the very address that was judged.
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
 * The only way in which the fetcher's agent opens a socket. undici calls its connector for names
 * and IP literals alike, unlike `connect.lookup`, so that no address is dialled unjudged.
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
