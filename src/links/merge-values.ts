import { isUnfilledTag } from '../templates/unfilled-tag.js';
import { decodePart, ESCAPED_AMPERSAND } from './canonical-address.js';
import { countsAtMost } from './character-count.js';
import type { Link } from './link.js';

/** Encoded twice, so that the reader would see `Zo%C3%AB`; or damaged once, as U+FFFD. */
const BADLY_ENCODED = /%[0-9A-Fa-f]{2}|\uFFFD/;
/**
 * An escape sequence. Any other `%` was never escaped, as in `50% off`; at the end of the text, one
 * digit may be half an escape.
 */
const ESCAPED = /%(?:[0-9A-Fa-f]{2}|[0-9A-Fa-f]$)/y;
/** No meaningful value has more unescaped `%`. */
const MAX_BARE_PERCENTS = 20;
/** Several tools do not escape values: `Smith & Sons` is split at its `&`. */
const REST_OF_VALUE = /^(?:\+|%20)[^=]*$/;

/** Maximum code units of one character: emoji families have about eleven. */
const MAX_UNITS = 16;

/** Tags of mail tools are short; of longer texts nobody is told. */
const MAX_TAG_LENGTH = 500;

/** Combining marks on one letter: real text has three or four, UAX #15 allows 30. */
const HEAPED_MARKS = /\p{M}{31}/u;

/** Pairs of a query that are read: a link has 20 fields, and mail tools add a few of their own. */
const MAX_PAIRS = 256;
/** Length in the query: a field's name has up to 64 characters, each of which may be escaped. */
const MAX_NAME_LENGTH = 200;
/** Characters that are segmented for one query: the only step that costs microseconds for each. */
const MAX_COUNTED = 400;

/** Escapes every unescaped `%`; undefined if there are too many. */
function mendPercents(text: string): string | undefined {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    ESCAPED.lastIndex = at;
    if (ESCAPED.test(text)) continue;
    if (parts.push(text.slice(from, at)) > MAX_BARE_PERCENTS) return undefined;
    from = at + 1;
  }
  return [...parts, text.slice(from)].join('%25');
}

function decoded(text: string): string | undefined {
  const mended = mendPercents(text);
  if (mended === undefined) return undefined;
  try {
    return decodePart(mended).trim();
  } catch {
    return undefined;
  }
}

/** A usable value; undefined if it counts as missing. `budget`: what is left of `MAX_COUNTED`. */
function usable(
  text: string | undefined,
  maxLength: number,
  budget: { left: number },
): string | undefined {
  if (text === undefined || text === '') return undefined;
  // First, so that the checks below never run on very long text.
  if (text.length > maxLength * MAX_UNITS) return undefined;
  if (isUnfilledTag(text) || BADLY_ENCODED.test(text) || HEAPED_MARKS.test(text)) return undefined;
  // No grapheme is shorter than one code unit, so most texts need no segmentation.
  if (text.length <= maxLength) return text;
  const { fits, counted } = countsAtMost(text, Math.min(maxLength, budget.left));
  budget.left -= counted;
  return fits ? text : undefined;
}

/** Splits a query into `name=value` pairs, and rejoins values that contained an unescaped ` & `. */
function pairsOf(query: string): string[] {
  const pairs: string[] = [];
  for (const part of query.split('&', MAX_PAIRS)) {
    const last = pairs.at(-1);
    if (last !== undefined && REST_OF_VALUE.test(part))
      pairs[pairs.length - 1] = `${last}%26${part}`;
    else pairs.push(part);
  }
  return pairs;
}

/**
 * Reads the values of a link's fields from a query as received. Values count as missing if they are
 * empty, unfilled merge tags, badly encoded or longer than allowed. Unknown names are ignored,
 * since mail tools add their own. The first of repeated names counts. `onUnfilled` is told of each
 * field that came with a merge tag that nobody filled. The work is bounded for any
 * query, because anybody can send one.
 */
export function readMergeValues(
  query: string,
  fields: Link['fields'],
  onUnfilled: (field: string) => void = () => undefined,
): Record<string, string> {
  const values: Record<string, string> = {};
  const seen = new Set<string>();
  const budget = { left: MAX_COUNTED };
  for (const pair of pairsOf(query)) {
    const equals = pair.indexOf('=');
    if (equals < 0 || equals > MAX_NAME_LENGTH) continue;
    const name = decoded(pair.slice(0, equals))?.replace(ESCAPED_AMPERSAND, '');
    const field = name !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (name === undefined || !field || seen.has(name)) continue;
    seen.add(name);
    const text = decoded(pair.slice(equals + 1));
    const value = usable(text, field.maxLength, budget);
    if (value !== undefined) values[name] = value;
    else if (text !== undefined && text.length <= MAX_TAG_LENGTH && isUnfilledTag(text)) {
      onUnfilled(name);
    }
  }
  return values;
}
