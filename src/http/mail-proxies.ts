import type { Network } from '../config/network-list.js';

/*
 * Networks that many readers share, because their mail program or provider fetches images for them.
 * An attacker cannot have an address there alone; requests through them are bounded by the limits
 * of each link. Read in November 2026. If a list has changed since, its readers count as readers of
 * their own network, until SHARED_NETWORKS names it.
 */

const TABLE: Record<string, readonly string[]> = {
  // Gmail's image proxy (google-proxy-*.google.com) comes from Google's own networks, not from those
  // that it lets: TXT of _netblocks.google.com and _netblocks2.google.com; user-triggered-fetchers-google.json at
  // https://developers.google.com/crawling/docs/crawlers-fetchers/google-user-triggered-fetchers
  google: [
    '64.233.160.0/19',
    '66.102.0.0/20',
    '66.249.80.0/20',
    '72.14.192.0/18',
    '74.125.0.0/16',
    '108.177.8.0/21',
    '173.194.0.0/16',
    '209.85.128.0/17',
    '216.58.192.0/19',
    '216.239.32.0/19',
    '2001:4860:4000::/36',
    '2404:6800:4000::/36',
    '2607:f8b0:4000::/36',
    '2800:3f0:4000::/36',
    '2a00:1450:4000::/36',
    '2c0f:fb50:4000::/36',
  ],
  // Apple Mail Privacy Protection leaves through iCloud Private Relay. Its 290,000 ranges lie in these
  // networks of Akamai, Cloudflare and Fastly: https://mask-api.icloud.com/egress-ip-ranges.csv, named by
  // https://developer.apple.com/support/prepare-your-network-for-icloud-private-relay
  apple: [
    '104.28.0.0/16',
    '140.248.0.0/16',
    '146.75.0.0/16',
    '172.224.0.0/15',
    '172.226.0.0/16',
    '2606:54c0::/32',
    '2606:54c3::/32',
    '2a02:26f7::/32',
    '2a04:4e41::/32',
    '2a09:bac2::/31',
  ],
  // Exchange Online and Outlook.com, which no customer can rent: service area Exchange of
  // https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges
  microsoft: [
    '13.107.6.152/31',
    '13.107.18.10/31',
    '13.107.128.0/22',
    '23.103.160.0/20',
    '40.92.0.0/15',
    '40.96.0.0/13',
    '40.104.0.0/15',
    '40.107.0.0/16',
    '52.96.0.0/14',
    '52.100.0.0/14',
    '104.47.0.0/17',
    '132.245.0.0/16',
    '150.171.32.0/22',
    '2603:1006::/40',
    '2603:1016::/36',
    '2603:1026::/36',
    '2603:1036::/36',
    '2603:1046::/36',
    '2603:1056::/36',
  ],
};

export const mailProxies: readonly Network[] = Object.values(TABLE)
  .flat()
  .map((text) => {
    const [address = '', prefixBits] = text.split('/');
    return { address, prefixBits: Number(prefixBits) };
  });
