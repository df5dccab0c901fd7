import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { parseAddress } from '../lib/ip-address.js';

/** One exemption from the rule that only public addresses are dialled. */
export type EgressRule =
  /** Exactly this name, whatever it resolves to. */
  | { kind: 'host'; host: string; port?: number }
  /** Every address of this network; a single address has all its bits fixed. */
  | { kind: 'network'; address: string; prefixBits: number; port?: number };

const EXPECTED =
  'expected a host name, an IP address or a network such as 10.1.0.0/16, each with an optional port, ' +
  'e.g. minio:9000, 192.168.1.20 or [fd12::1]:9000';

function bad(entry: string, why: string): Error {
  return new Error(`"${entry}": ${why}; ${EXPECTED}`);
}

/** A name as URLs hold it: lower case, ASCII; undefined where it cannot be one. */
function parseHostName(text: string): string | undefined {
  const name = domainToASCII(text);
  const labels = name.split('.');
  const ok = name.length <= 253 && labels.every((l) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(l));
  // WHATWG URL: a host that ends in a number is an IPv4 address, however oddly it is written.
  return ok && !/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') ? name : undefined;
}

function hasHostBits(address: string, prefixBits: number): boolean {
  const bytes = parseAddress(address)?.toByteArray() ?? [];
  return bytes.some((byte, index) => {
    const fixed = Math.min(8, Math.max(0, prefixBits - index * 8));
    return (byte & (255 >> fixed)) !== 0;
  });
}

function parseNetwork(entry: string, text: string): { address: string; prefixBits: number } {
  const [address = '', prefix, ...more] = text.split('/');
  const widthBits = isIPv4(address) ? 32 : 128;
  if (widthBits === 128 && (!isIPv6(address) || address.includes('%'))) {
    throw bad(entry, `"${address}" is no IP address`);
  }
  if (prefix === undefined) return { address: address.toLowerCase(), prefixBits: widthBits };
  const prefixBits = Number(prefix);
  if (more.length > 0 || !/^\d{1,3}$/.test(prefix) || prefixBits > widthBits) {
    throw bad(entry, `"/${[prefix, ...more].join('/')}" is no prefix of 0 to ${widthBits} bits`);
  }
  if (hasHostBits(address, prefixBits)) {
    throw bad(entry, `${address} is not the first address of a /${prefix} network`);
  }
  return { address: address.toLowerCase(), prefixBits };
}

/** Splits off `:port`; a bare IPv6 address has colons of its own and needs brackets for a port. */
function splitPort(entry: string): { rest: string; port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(entry);
  if (bracketed) {
    const inner = bracketed[1] ?? '';
    if (!inner.includes(':')) throw bad(entry, 'brackets are for IPv6 addresses');
    return { rest: inner, port: bracketed[2] };
  }
  const colons = entry.split(':').length - 1;
  if (colons !== 1) return { rest: entry, port: undefined };
  const at = entry.indexOf(':');
  return { rest: entry.slice(0, at), port: entry.slice(at + 1) };
}

/**
 * Reads one entry of `EGRESS_ALLOW`: `host`, `host:port`, `10.1.0.0/16`, `10.1.0.0/16:9000`,
 * `::1`, `[::1]:9000`, `fd00::/8`, `[fd00::/8]:9000`. Without a port, every port is meant.
 * @throws Error in plain words, naming the entry and what was expected
 */
export function parseEgressRule(entry: string): EgressRule {
  const trimmed = entry.trim();
  if (trimmed === '') throw bad(entry, 'it is empty');
  if (trimmed.includes('://')) throw bad(trimmed, 'leave out the scheme');
  const { rest, port: portText } = splitPort(trimmed);
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && !(/^\d{1,5}$/.test(portText ?? '') && port >= 1 && port <= 65_535)) {
    throw bad(trimmed, `"${portText}" is no port`);
  }
  const withPort = port === undefined ? {} : { port };
  if (rest.includes(':') || rest.includes('/') || isIPv4(rest)) {
    return { kind: 'network', ...parseNetwork(trimmed, rest), ...withPort };
  }
  const host = parseHostName(rest);
  if (!host) throw bad(trimmed, `"${rest}" is no host name`);
  return { kind: 'host', host, ...withPort };
}
