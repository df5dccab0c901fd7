import { decodePart } from './canonical-address.js';
import type { Link } from './link.js';

/**
 * A tag that the mail tool left as it is, in whole or within a text: `*|FNAME|*` (Mailchimp),
 * `{{ first_name }}` (Klaviyo, HubSpot, SendGrid, Brevo), `%%name%%` (Salesforce), `[[name]]`,
 * `{% … %}` and `${name}`.
 */
const UNFILLED = /\*\|.*\|\*|\{\{.*\}\}|\{%.*%\}|%%.+%%|\[\[.+\]\]|\$\{.+\}/s;
/** What half a tag looks like once a mail program has cut it. */
const HALF_TAG = /\*\||\|\*|\{\{|\}\}|%%/;
/** Encoded twice, so that the reader would see `Zo%C3%AB`; or once lost, as U+FFFD. */
const BADLY_ENCODED = /%[0-9A-Fa-f]{2}|\uFFFD/;

const graphemes = new Intl.Segmenter();

function decoded(text: string): string | undefined {
  try {
    return decodePart(text).trim();
  } catch {
    return undefined;
  }
}

/** Undefined where it counts as missing. */
function usable(text: string | undefined, maxLength: number): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (UNFILLED.test(text) || HALF_TAG.test(text) || BADLY_ENCODED.test(text)) return undefined;
  // No grapheme is shorter than one code unit: most texts need not be taken apart.
  if (text.length <= maxLength) return text;
  return [...graphemes.segment(text)].length <= maxLength ? text : undefined;
}

/**
 * The values of a link's fields in a query as it came. Missing are those that are empty, unfilled
 * merge tags, badly encoded or longer than their field allows; names that the link does not know
 * are passed over, since mail tools add their own. The first of several counts.
 */
export function readMergeValues(query: string, fields: Link['fields']): Record<string, string> {
  const values: Record<string, string> = {};
  const seen = new Set<string>();
  for (const pair of query.split('&')) {
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
