import { decodePart } from './canonical-address.js';
import type { Link } from './link.js';
import { isUnfilledTag } from './unfilled-tag.js';

/** Encoded twice, so that the reader would see `Zo%C3%AB`; or once lost, as U+FFFD. */
const BADLY_ENCODED = /%[0-9A-Fa-f]{2}|\uFFFD/;
/** A `%` that was never escaped, as in `50% off`; at the end, one digit may be half an escape. */
const BARE_PERCENT = /%(?![0-9A-Fa-f]{2}|[0-9A-Fa-f]$)/g;
/** Several tools put values in as they are: `Smith & Sons` comes apart at its `&`. */
const REST_OF_VALUE = /^(?:\+|%20)[^=]*$/;

/** Code units of one character: families of emoji have some eleven. The rest is no name. */
const MAX_UNITS = 16;

const graphemes = new Intl.Segmenter();

function decoded(text: string): string | undefined {
  try {
    return decodePart(text.replace(BARE_PERCENT, '%25')).trim();
  } catch {
    return undefined;
  }
}

/** Undefined where it counts as missing. */
function usable(text: string | undefined, maxLength: number): string | undefined {
  if (text === undefined || text === '') return undefined;
  // First, so that nothing below is asked of a text of any length.
  if (text.length > maxLength * MAX_UNITS) return undefined;
  if (isUnfilledTag(text) || BADLY_ENCODED.test(text)) return undefined;
  // No grapheme is shorter than one code unit: most texts need not be taken apart.
  if (text.length <= maxLength) return text;
  return [...graphemes.segment(text)].length <= maxLength ? text : undefined;
}

/** `name=value` pairs, with values whole that had a bare ` & ` in them. */
function pairsOf(query: string): string[] {
  const pairs: string[] = [];
  for (const part of query.split('&')) {
    const last = pairs.at(-1);
    if (last !== undefined && REST_OF_VALUE.test(part))
      pairs[pairs.length - 1] = `${last}%26${part}`;
    else pairs.push(part);
  }
  return pairs;
}

/**
 * The values of a link's fields in a query as it came. Missing are those that are empty, unfilled
 * merge tags, badly encoded or longer than their field allows; names that the link does not know
 * are passed over, since mail tools add their own. The first of several counts.
 */
export function readMergeValues(query: string, fields: Link['fields']): Record<string, string> {
  const values: Record<string, string> = {};
  const seen = new Set<string>();
  for (const pair of pairsOf(query)) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    // HTML that was escaped twice: `&amp;last_name=`.
    const name = decoded(pair.slice(0, equals))?.replace(/^amp;/, '');
    const field = name !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (name === undefined || !field || seen.has(name)) continue;
    seen.add(name);
    const value = usable(decoded(pair.slice(equals + 1)), field.maxLength);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
