import ipaddr from 'ipaddr.js';
import { type Address, isIPv4Address, lastWord, withoutMapping } from '../lib/ip-address.js';

/*
 * Which addresses are public, by a table of our own: what a library calls "private" changes with
 * its versions, and has missed classes before. Sources: the IANA IPv4 and IPv6 Special-Purpose
 * Address Registries, the IANA IPv6 address space registry, and the documentation of cloud vendors.
 */

const IPV4_REFUSED: readonly [cidr: string, what: string][] = [
  ['0.0.0.0/8', 'unspecified'], // RFC 1122; Linux dials 0.0.0.0 as loopback
  ['10.0.0.0/8', 'private'], // RFC 1918
  ['100.64.0.0/10', 'carrier-grade NAT'], // RFC 6598; holds Alibaba's metadata, 100.100.100.200
  ['127.0.0.0/8', 'loopback'], // RFC 1122
  ['168.63.129.16/32', 'cloud host'], // Azure's wire server
  ['169.254.0.0/16', 'link-local'], // RFC 3927; holds most clouds' metadata, 169.254.169.254
  ['172.16.0.0/12', 'private'], // RFC 1918
  ['192.0.0.0/24', 'reserved'], // RFC 6890; holds Oracle's metadata, 192.0.0.192
  ['192.0.2.0/24', 'documentation'], // RFC 5737
  ['192.31.196.0/24', 'reserved'], // AS112, RFC 7535
  ['192.52.193.0/24', 'reserved'], // AMT, RFC 7450
  ['192.88.99.0/24', 'reserved'], // 6to4 relay anycast, RFC 7526
  ['192.168.0.0/16', 'private'], // RFC 1918
  ['192.175.48.0/24', 'reserved'], // AS112, RFC 7534
  ['198.18.0.0/15', 'benchmarking'], // RFC 2544
  ['198.51.100.0/24', 'documentation'], // RFC 5737
  ['203.0.113.0/24', 'documentation'], // RFC 5737
  ['224.0.0.0/4', 'multicast'], // RFC 5771
  ['255.255.255.255/32', 'broadcast'], // RFC 919
  ['240.0.0.0/4', 'reserved'], // RFC 1112
];

/** Named for clear messages, and for ranges within 2000::/3 that are not public. */
const IPV6_REFUSED: readonly [cidr: string, what: string][] = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'], // RFC 4291, deprecated
  ['64:ff9b:1::/48', 'local NAT64'], // RFC 8215
  ['100::/64', 'discard'], // RFC 6666
  ['2001::/32', 'Teredo'], // RFC 4380
  ['2001::/23', 'reserved'], // IETF assignments: benchmarking, ORCHID and others
  ['2001:db8::/32', 'documentation'], // RFC 3849
  ['2002::/16', '6to4'], // RFC 3056, its relays are gone (RFC 7526)
  ['2620:4f:8000::/48', 'reserved'], // AS112
  ['3ffe::/16', 'reserved'], // the former 6bone, RFC 3701
  ['3fff::/20', 'documentation'], // RFC 9637
  ['fc00::/7', 'unique-local'], // RFC 4193; holds AWS's metadata, fd00:ec2::254
  ['fe80::/10', 'link-local'], // RFC 4291
  ['fec0::/10', 'site-local'], // RFC 3879
  ['ff00::/8', 'multicast'], // RFC 4291
];

const v4Table = IPV4_REFUSED.map(([cidr, what]) => ({ range: ipaddr.IPv4.parseCIDR(cidr), what }));
const v6Table = IPV6_REFUSED.map(([cidr, what]) => ({ range: ipaddr.IPv6.parseCIDR(cidr), what }));
/** The only part of IPv6 that IANA assigns as global unicast. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96'); // RFC 6052

/**
 * The address that is really reached. The kernel connects to an IPv4-mapped address over IPv4. The
 * well-known NAT64 prefix leads to the IPv4 address in its last 32 bits (in IPv6-only networks all
 * names have such addresses, so they are checked rather than refused).
 */
export function unwrapAddress(address: Address): Address {
  const plain = withoutMapping(address);
  return !isIPv4Address(plain) && plain.match(NAT64) ? lastWord(plain) : plain;
}

/** Why the address is refused ("loopback", "private", …), or undefined if it is public. */
export function refusedClass(address: Address): string | undefined {
  const target = unwrapAddress(address);
  if (isIPv4Address(target)) return v4Table.find(({ range }) => target.match(range))?.what;
  const named = v6Table.find(({ range }) => target.match(range))?.what;
  return named ?? (target.match(GLOBAL_UNICAST) ? undefined : 'reserved');
}

/** Whether `address` lies in the network; the wrapped forms of an IPv4 address count as itself. */
export function isWithin(address: Address, network: string, prefixBits: number): boolean {
  const base = ipaddr.parse(network);
  const target = base.kind() === 'ipv4' ? unwrapAddress(address) : address;
  return target.kind() === base.kind() && target.match(base, prefixBits);
}
