import { lookup } from 'node:dns/promises';
import type { EgressRule } from '../config/egress-rule.js';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';
import { type Address, parseAddress } from '../lib/ip-address.js';
import { parseUrl } from '../lib/parse-url.js';
import { isWithin, refusedClass } from './address-table.js';
import { createOwnAddresses } from './own-addresses.js';

export interface PinnedAddress {
  address: string;
  family: 4 | 6;
}

/** All addresses of a host name, in the order in which to try them. Rejects as `dns` does. */
export type Resolver = (hostname: string) => Promise<{ address: string }[]>;

export interface AddressPolicy {
  /**
   * Checks everything that needs no name resolution: scheme, credentials, port, and the host if it
   * is an IP address. Returns the normalised URL.
   * @throws AppError `asset_forbidden`
   */
  checkUrl(url: string | URL): URL;
  /**
   * Resolves the name once and checks every answer. Connect only to the returned addresses: a
   * second resolution could give others.
   * @param hostname as in a normalised URL; IPv6 with or without brackets
   * @throws AppError `asset_forbidden`, `asset_unreachable` (the name has no address)
   */
  resolveAllowed(hostname: string, port: number): Promise<PinnedAddress[]>;
}

/**
 * Ports of protocols other than HTTP: the "bad ports" of the Fetch standard (§ 2.9), and the usual
 * ports of databases and remote desktops.
 */
const NON_HTTP_PORTS = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
  103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
  512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
  995, 1433, 1521, 1719, 1720, 1723, 2049, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5900,
  6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080, 11_211, 27_017,
]);

/** Limit for a look-up: getaddrinfo can wait for dead name servers far longer than a job can. */
const LOOKUP_TIMEOUT_MS = 4_000;

function forbidden(detail: string): AppError {
  return new AppError('asset_forbidden', { detail });
}

function samePort(rule: EgressRule, port: number): boolean {
  return rule.port === undefined || rule.port === port;
}

/** Concurrent look-ups of one name are shared: getaddrinfo occupies one of libuv's few threads. */
function createSystemResolver(): Resolver {
  const inFlight = new Map<string, Promise<{ address: string }[]>>();
  return (hostname) => {
    const shared = inFlight.get(hostname);
    if (shared !== undefined) return shared;
    const answers = lookup(hostname, { all: true, verbatim: true }).finally(() =>
      inFlight.delete(hostname),
    );
    inFlight.set(hostname, answers);
    return answers;
  };
}

export interface AddressPolicyOptions {
  /** `EGRESS_ALLOW`: destinations that are allowed although they are not public. */
  allow?: readonly EgressRule[];
  resolve?: Resolver;
  /** Whether it is an address of this machine. Those are refused like private ones. */
  isOwn?: (address: Address) => boolean;
  /** `PUBLIC_URL`: the only port of this machine that may be reached by its public address. */
  ownUrl?: string;
}

const portOf = (url: URL) => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);

/** The one place that decides where a connection may lead. It is asked for every connection. */
export function createAddressPolicy(options: AddressPolicyOptions = {}): AddressPolicy {
  const allow = options.allow ?? [];
  const resolve = options.resolve ?? createSystemResolver();
  const isOwn = options.isOwn ?? createOwnAddresses();
  const ownUrl = parseUrl(options.ownUrl ?? '');

  function classOf(address: Address, hostname: string, port: number): string | undefined {
    const what = refusedClass(address);
    if (what !== undefined || !isOwn(address)) return what;
    const isOwnUrl = ownUrl?.hostname === hostname && portOf(ownUrl) === port;
    return isOwnUrl ? undefined : 'it is one of the machine that Cardpress runs on';
  }

  function assertAllowed(
    address: Address,
    hostname: string,
    port: number,
    shownHost = hostname,
  ): void {
    const what = classOf(address, hostname, port);
    if (what === undefined) return;
    const exempt = allow.some(
      (rule) =>
        rule.kind === 'network' &&
        samePort(rule, port) &&
        isWithin(address, rule.address, rule.prefixBits),
    );
    if (exempt) return;
    // The address itself is not in the message: it would disclose the internal network.
    throw forbidden(
      `${shownHost} does not lead to a public address (${what}). Use a public one, or let the ` +
        'operator name this host in EGRESS_ALLOW.',
    );
  }

  function checkPort(host: string, port: number): void {
    if (!NON_HTTP_PORTS.has(port)) return;
    throw forbidden(`${host}: port ${port} is not used for HTTP. Use a web address.`);
  }

  async function lookUp(hostname: string): Promise<{ address: string }[]> {
    const unreachable = (why: string, cause?: unknown) =>
      new AppError('asset_unreachable', {
        detail: `${hostname} ${why}. Check the spelling of the host.`,
        cause,
      });
    try {
      const answers = await withDeadline(resolve(hostname), LOOKUP_TIMEOUT_MS, () =>
        unreachable('could not be looked up in time'),
      );
      if (answers.length === 0) throw unreachable('has no address');
      return answers;
    } catch (error) {
      throw error instanceof AppError ? error : unreachable('could not be found', error);
    }
  }

  return {
    checkUrl(input) {
      const url = parseUrl(String(input));
      if (!url) throw forbidden('The address is not a valid URL. Start it with https://.');
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw forbidden(`${url.protocol} addresses are not allowed. Use http: or https:.`);
      }
      if (url.username !== '' || url.password !== '') {
        throw forbidden(`The address at ${url.host} holds a user name or password. Remove them.`);
      }
      if (url.hostname.endsWith('.')) {
        throw forbidden(`${url.hostname} ends in a dot. Write the host without it.`);
      }
      const port = portOf(url);
      checkPort(url.hostname, url.port === '0' ? 0 : port);
      const literal = parseAddress(url.hostname);
      if (literal) assertAllowed(literal, url.hostname, port, url.host);
      return url;
    },

    async resolveAllowed(hostname, port) {
      const name = hostname.toLowerCase();
      checkPort(name, port);
      const literal = parseAddress(name);
      if (literal) {
        assertAllowed(literal, name, port);
        return [pin(literal)];
      }
      // Resolvers read `127.1`, `0x7f000001` or `2130706433` as addresses; normalised URLs spell
      // them out.
      if (name === '' || name.endsWith('.') || /(^|\.)(\d+|0x[0-9a-f]*)$/.test(name)) {
        throw forbidden(`"${name}" is not a host name. Write the plain name or address.`);
      }
      const answers = await lookUp(name);
      const trusted = allow.some(
        (rule) => rule.kind === 'host' && rule.host === name && samePort(rule, port),
      );
      return answers.map(({ address }) => {
        const parsed = parseAddress(address);
        if (!parsed) throw forbidden(`${name} does not lead to a public address.`);
        // One forbidden answer refuses the name: which answer is used would be a matter of chance.
        if (!trusted) assertAllowed(parsed, name, port);
        return pin(parsed);
      });
    },
  };
}

/** The address as it was parsed, so that only the checked address is connected to. */
function pin(address: Address): PinnedAddress {
  return { address: address.toString(), family: address.kind() === 'ipv4' ? 4 : 6 };
}
