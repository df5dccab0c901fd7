import { parseEgressRule } from './egress-rule.js';

/** All addresses whose first `prefixBits` are those of `address`. */
export interface Network {
  address: string;
  prefixBits: number;
}

/**
 * Reads addresses and networks, separated by commas: `10.0.0.5, 10.1.0.0/16, fd00::/8`.
 * @throws Error in plain words, naming the entry and what was expected
 */
export function parseNetworks(text: string): Network[] {
  const entries = text.split(',').map((part) => part.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => {
      const rule = parseEgressRule(entry);
      if (rule.kind === 'network' && rule.port === undefined) {
        const { address, prefixBits } = rule;
        return { address, prefixBits };
      }
      throw new Error(
        `"${entry}": expected an IP address or a network such as 10.1.0.0/16 or fd00::/8, without a port; names are not looked up`,
      );
    });
}
