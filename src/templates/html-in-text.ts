import { decodeHTMLStrict } from 'entities/decode';

/*
 * HTML in a text that is no HTML: a CMS, a shop or a form has escaped it, or has kept its tags. The
 * text is drawn as text, so a reader would see `R&amp;D`. Only what is complete and known is
 * mended; `a < b`, `<here>` and `AT&T` are text.
 */

/** Each stands on lines of its own. */
const BLOCKS = new Set(
  (
    'p div ul ol li dl dt dd h1 h2 h3 h4 h5 h6 table thead tbody tfoot tr section article header ' +
    'footer aside main nav figure figcaption blockquote pre br hr center address'
  ).split(' '),
);
const INLINE = new Set(
  (
    'a abbr b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp small ' +
    'span strike strong sub sup time tt u var wbr td th caption iframe picture source svg video ' +
    'script style'
  ).split(' '),
);
/** Without an end tag. */
const VOID = new Set(['br', 'hr', 'img', 'wbr', 'source']);
/** Removed with what is in them. */
const HIDDEN = new Set(['script', 'style']);

/** More than any tag of a text has; a longer one is text. */
const MAX_TAG_LENGTH = 2_000;
/** Text is escaped twice now and then; each pass shortens it. */
const MAX_PASSES = 5;

interface Tag {
  name: string;
  start: number;
  /** Behind its `>`. */
  end: number;
  closes: boolean;
  hasAttributes: boolean;
}

/** Where the tag that begins at `start` ends; undefined where none does. */
function tagEnd(text: string, start: number): number | undefined {
  const limit = Math.min(text.length, start + MAX_TAG_LENGTH);
  let quote = '';
  for (let at = start + 1; at < limit; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') return at + 1;
    else if (char === '<') return undefined;
    // Only behind a `=`: an apostrophe elsewhere is text.
    else if ((char === '"' || char === "'") && /=\s?$/.test(text.slice(at - 2, at))) quote = char;
  }
  return undefined;
}

/** Behind the name of a tag: attributes, one of which has a value, or nothing. */
const ATTRIBUTES = /^\s+[a-z_@:][\w:.-]*\s?=/i;

function tagAt(text: string, start: number): Tag | undefined {
  const [, slash = '', written = ''] =
    /^<(\/?)([a-z][a-z0-9]{0,11})(?=[\s/>])/i.exec(text.slice(start, start + 20)) ?? [];
  const name = written.toLowerCase();
  if (!BLOCKS.has(name) && !INLINE.has(name)) return undefined;
  const end = tagEnd(text, start);
  if (end === undefined) return undefined;
  const inside = text.slice(start + 1 + slash.length + written.length, end - 1);
  const hasAttributes = ATTRIBUTES.test(inside);
  if (!hasAttributes && !/^\s*\/?$/.test(inside)) return undefined;
  return { name, start, end, closes: slash !== '', hasAttributes };
}

function tagsIn(text: string): Tag[] {
  const tags: Tag[] = [];
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const tag = tagAt(text, at);
    if (tag) tags.push(tag);
    at = tag?.end ?? at + 1;
  }
  return tags;
}

/** End tags with the start tags that they close. */
function pairsOf(tags: Tag[]): Map<Tag, Tag> {
  const open: Tag[] = [];
  const pairs = new Map<Tag, Tag>();
  for (const tag of tags) {
    if (!tag.closes) {
      if (!VOID.has(tag.name)) open.push(tag);
      continue;
    }
    const at = open.findLastIndex(({ name }) => name === tag.name);
    const opening = open[at];
    if (!opening) continue;
    open.length = at;
    pairs.set(opening, tag);
    pairs.set(tag, opening);
  }
  return pairs;
}

const RAISED = new Map(
  [...'0123456789+-=()ni'].map((c, i) => [c, [...'⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ'][i] ?? c]),
);
const LOWERED = new Map([...'0123456789+-=()'].map((c, i) => [c, [...'₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎'][i] ?? c]));

/** "H<sub>2</sub>O" must not become another number. */
function shifted(text: string, name: string): string {
  const signs = name === 'sup' ? RAISED : name === 'sub' ? LOWERED : undefined;
  if (!signs || text.length > 20) return text;
  const found = Array.from(text, (char) => signs.get(char));
  return found.every((sign) => sign !== undefined) ? found.join('') : text;
}

/** Tags that pair, need no end, or have attributes; others ("the <b> tag") may be what it is about. */
function withoutTags(text: string): string {
  const all = tagsIn(text);
  if (all.length === 0) return text;
  const pairs = pairsOf(all);
  const isMarkup = (tag: Tag) =>
    pairs.has(tag) ||
    VOID.has(tag.name) ||
    tag.hasAttributes ||
    // An excerpt that was cut out of its paragraphs.
    (BLOCKS.has(tag.name) && (tag.start === 0 || tag.end === text.length));
  let out = '';
  let at = 0;
  let last: Tag | undefined;
  for (const tag of all.filter(isMarkup)) {
    if (tag.start < at) continue;
    const before = text.slice(at, tag.start);
    out += last && pairs.get(last) === tag ? shifted(before, tag.name) : before;
    if (BLOCKS.has(tag.name)) out += '\n';
    if (tag.name === 'td' || tag.name === 'th') out += ' ';
    const close = pairs.get(tag);
    at = HIDDEN.has(tag.name) && !tag.closes && close ? close.end : tag.end;
    last = tag;
  }
  return out + text.slice(at);
}

/** By hand: each pattern for it takes quadratic time on comments that never end. */
function withoutComments(text: string): string {
  let out = '';
  let at = 0;
  for (let start = text.indexOf('<!--'); start !== -1; start = text.indexOf('<!--', at)) {
    const end = text.indexOf('-->', start + 4);
    if (end === -1) break;
    out += text.slice(at, start);
    at = end + 3;
  }
  return out + text.slice(at);
}

/** Escaped several times: `&amp;amp;lt;` is `&lt;`. */
const REPEATED = /&(?:(?:amp|#0{0,4}38|#x0{0,4}26);)+/gi;

/** Complete entities alone: `AT&T` and `&copy` are text. */
export function decodeEntities(text: string): string {
  if (!text.includes('&') || !text.includes(';')) return text;
  return decodeHTMLStrict(text.replace(REPEATED, '&').replaceAll('&#0;', ''));
}

/** The text without HTML; line breaks stand where blocks were. The same text where there is none. */
export function withoutHtml(text: string): string {
  let before = text;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const tagless = before.includes('<') ? withoutTags(withoutComments(before)) : before;
    const after = decodeEntities(tagless);
    if (after === before) break;
    before = after;
  }
  return before;
}

/** Whether tags of HTML are left, such as one without its end. */
export const holdsTags = (text: string) => text.includes('<') && tagsIn(text).length > 0;
