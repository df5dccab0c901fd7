import { posix } from 'node:path';
import { didYouMean } from '../lib/nearest-name.js';
import { parseUrl } from '../lib/parse-url.js';
import { SLOT } from './html-scanner.js';

/** The candidates of `srcset` as browsers split them: at white space, and at commas behind it. */
function* srcsetAddresses(value: string): Generator<string> {
  const ADDRESS = /[\s,]*([^\s]+)/y;
  let at = 0;
  for (;;) {
    ADDRESS.lastIndex = at;
    const match = ADDRESS.exec(value);
    if (!match) return;
    const [, address = ''] = match;
    at = ADDRESS.lastIndex;
    let end = address.length;
    while (address[end - 1] === ',') end -= 1;
    yield address.slice(0, end);
    if (address.endsWith(',')) continue;
    // Descriptors go on to the next comma that is not within brackets.
    let depth = 0;
    for (; at < value.length && (value[at] !== ',' || depth > 0); at += 1) {
      if (value[at] === '(') depth += 1;
      if (value[at] === ')') depth -= 1;
    }
  }
}

/** The addresses in an attribute that holds one, or in `srcset` several. */
export function attributeAddresses(attribute: string, value: string): string[] {
  return attribute === 'srcset' ? [...srcsetAddresses(value)] : [value.trim()];
}

export interface AddressRules {
  /** Hosts that the manifest's `network` declares. */
  network: readonly string[];
  /** Paths of the files in the template's folder, `assets/…`. */
  assets: ReadonlySet<string>;
}

function hostAllowed(url: URL, network: readonly string[]): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return network.some((entry) => {
    const [host, entryPort] = entry.split(':');
    return (
      host === url.hostname && (entryPort === undefined ? url.port === '' : entryPort === port)
    );
  });
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * What is wrong with an address that a template's file in `folder` ('' for the template's own)
 * names, or undefined. A mustache in it is a SLOT: what follows is not known before rendering.
 */
export function addressProblem(
  address: string,
  rules: AddressRules,
  folder = '',
): string | undefined {
  if (address === '' || address.startsWith('#') || /^data:/i.test(address)) return undefined;
  if (/^(https?:)?\/\//i.test(address)) {
    const text = address.startsWith('//') ? `https:${address}` : address;
    const plain = text.replaceAll(SLOT, 'x');
    const url = parseUrl(plain);
    const slotInHost = /^https?:\/\/[^/]*\0/i.test(text);
    if (url && !slotInHost && hostAllowed(url, rules.network)) return undefined;
    const host = url && !slotInHost ? url.host : text.replaceAll(SLOT, '…');
    return `"${host}" is not reachable: add the host to "network" in template.json, or keep the file in assets/.`;
  }
  if (address.includes(SLOT)) return undefined;
  const shown = address.slice(0, 100);
  if (/^[a-z][a-z0-9+.-]*:/i.test(address)) {
    return `"${shown}" cannot be loaded: use a file in assets/, a data: address, or https:// with a host of "network".`;
  }
  const path = posix.normalize(posix.join(folder, decoded(address.replace(/[?#].*$/s, ''))));
  if (rules.assets.has(path)) return undefined;
  if (!path.startsWith('assets/') || address.startsWith('/')) {
    return `"${shown}" is outside of the template's assets: only files in assets/ are served.`;
  }
  return `"${shown}" does not exist.${didYouMean(path, rules.assets)}`;
}
