import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

const MAPPED = ipaddr.IPv6.parseCIDR('::ffff:0:0/96');

export function isIPv4Address(address: Address): address is ipaddr.IPv4 {
  return address.kind() === 'ipv4';
}

/**
 * Parses the forms that a resolver, a socket or a normalised URL gives: dotted decimal, or IPv6
 * with or without brackets. Undefined for everything else, zone indexes included.
 */
export function parseAddress(text: string): Address | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!isIPv6(bare) || bare.includes('%')) return undefined;
  // Normalised by URL first, which writes hexadecimal: ipaddr.js takes `::8.8.8.8` for
  // `::ffff:8.8.8.8`.
  return ipaddr.IPv6.parse(new URL(`http://[${bare}]`).hostname.slice(1, -1));
}

/** The last 32 bits as an IPv4 address, for the forms of IPv6 that wrap one. */
export function lastWord(address: Address): ipaddr.IPv4 {
  return isIPv4Address(address) ? address : new ipaddr.IPv4(address.toByteArray().slice(12));
}

/** An IPv4-mapped address is the IPv4 address: the kernel connects to it over IPv4. */
export function withoutMapping(address: Address): Address {
  return isIPv4Address(address) || !address.match(MAPPED) ? address : lastWord(address);
}
