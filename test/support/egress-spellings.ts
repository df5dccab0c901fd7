import { ownAddresses } from './egress-traps.js';
import { isFullRun } from './fault-scale.js';

/** A way of writing an address of this machine into a URL. */
export interface Spelling {
  /** As it stands between `//` and `:port`. */
  host: string;
  /**
   * What listens on every address of this machine is reached by it, where nothing is in the way.
   * False for those that lead inside in other networks: they are tried, and do not count as held.
   */
  reaches: boolean;
}

const octets = (address: string) => address.split('.').map(Number);
const hex = (value: number) => value.toString(16).padStart(2, '0');

/** Every number form of the IPv4 parser of https://url.spec.whatwg.org/#concept-ipv4-parser. */
function numberForms(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address);
  const value = ((a * 256 + b) * 256 + c) * 256 + d;
  return [
    address,
    `${address}.`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    String(value),
    `0x${value.toString(16)}`,
    `0${value.toString(8)}`,
    [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.'),
    [a, b, c, d].map((part) => `0x${part.toString(16)}`).join('.'),
    `0${a.toString(8)}.0x${b.toString(16)}.${c * 256 + d}`,
  ];
}

/** RFC 4291 § 2.5.5.2: dialled as IPv4 by the kernel. */
function mappedForms(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address);
  const tail = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  return [
    `[::ffff:${address}]`,
    `[::FFFF:${tail.toUpperCase()}]`,
    `[0000:0000:0000:0000:0000:ffff:${address}]`,
  ];
}

/** Forms that some network translates to the IPv4 address; nobody does in this machine. */
function translatedForms(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address);
  const tail = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  return [
    `[::${address}]`, // IPv4-compatible, RFC 4291
    `[2002:${tail}::]`, // 6to4, RFC 3056
    `[64:ff9b::${address}]`, // NAT64, RFC 6052
    `[64:ff9b:1::${tail}]`, // NAT64 of a network's own, RFC 8215
    `[2001:0:${tail}::]`, // Teredo, RFC 4380
    `[::ffff:0:${address}]`, // IPv4-translated, RFC 2765
  ];
}

/** The machine's own address gets those that differ most: the parser is the same for all. */
function ownForms(address: string): string[] {
  const [, , , decimal = '', hexadecimal = ''] = numberForms(address);
  return [address, decimal, hexadecimal, ...mappedForms(address).slice(0, 1)];
}

const names = ['localhost', 'LocalHost', 'trap.localhost'];
const oddDigits = ['①②⑦.⓪.⓪.①', '１２７.0.0.1', '127。0。0。1', '%31%32%37.0.0.1'];
const ipv6Forms = ['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]'];
/** Linux dials the unspecified addresses as loopback. */
const unspecified = ['0', '0.0.0.0', '0x0', '[::]', '[::ffff:0:0]'];

export const LOOPBACK = '127.0.0.1';
export const OWN_V4 = ownAddresses('IPv4');
export const OWN_V6 = ownAddresses('IPv6');

export const SPELLINGS: readonly Spelling[] = [
  ...[
    ...numberForms(LOOPBACK),
    ...mappedForms(LOOPBACK),
    ...['127.8.9.10', '127.255.255.254'],
    ...names,
    ...oddDigits,
    ...ipv6Forms,
    ...unspecified,
    ...OWN_V4.slice(0, 1).flatMap(ownForms),
    ...OWN_V6.slice(0, 1).map((address) => `[${address}]`),
  ].map((host) => ({ host, reaches: true })),
  ...[...translatedForms(LOOPBACK), 'localhost.', '169.254.169.254'].map((host) => ({
    host,
    reaches: false,
  })),
];

/** The spelling that stands for each address that listens. */
export const PLAIN_HOSTS: readonly string[] = [
  LOOPBACK,
  '[::1]',
  ...OWN_V4.slice(0, 1),
  ...OWN_V6.slice(0, 1).map((address) => `[${address}]`),
];

/** A page for each takes minutes: `npm test` tries every fifth spelling, `npm run test:faults` all. */
export const SHOWN_SPELLINGS: readonly Spelling[] = SPELLINGS.filter(
  ({ host }, i) => isFullRun || PLAIN_HOSTS.includes(host) || i % 5 === 0,
);

/** Those that count where Node asks: names below `localhost` are an affair of browsers. */
export const FETCHED_SPELLINGS: readonly Spelling[] = SPELLINGS.filter(
  ({ host, reaches }) => reaches && host !== 'trap.localhost',
);
