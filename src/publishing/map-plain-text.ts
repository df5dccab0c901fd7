const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
};

const MAX_CODE_POINT = 0x10ffff;

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name] ?? whole;
  const code = /^#x/i.test(name)
    ? Number.parseInt(name.slice(2), 16)
    : Number.parseInt(name.slice(1), 10);
  return code > 0 && code <= MAX_CODE_POINT ? String.fromCodePoint(code) : whole;
}

/** Whether the `<` at `at` begins a tag; a `<` alone is text. */
function opensTag(html: string, at: number): boolean {
  const code = html.charCodeAt(at + 1) | 0x20;
  const isLetter = code >= 0x61 && code <= 0x7a;
  return isLetter || '/!?'.includes(html.charAt(at + 1) || ' ');
}

/** Start of the next tag from `at` on; the length if there is none. */
function nextTag(html: string, at: number): number {
  let found = html.indexOf('<', at);
  while (found !== -1 && !opensTag(html, found)) found = html.indexOf('<', found + 1);
  return found === -1 ? html.length : found;
}

/** Name of the tag at `at`; '' if it is no element. */
function tagName(html: string, at: number): string {
  let end = at;
  for (let code = html.charCodeAt(end) | 0x20; code >= 0x61 && code <= 0x7a; ) {
    end += 1;
    code = html.charCodeAt(end) | 0x20;
  }
  return html.slice(at, end).toLowerCase();
}

/** Replaces tags by spaces, so that paragraphs stay apart. In linear time. */
function withoutTags(html: string): string {
  let start = nextTag(html, 0);
  let text = html.slice(0, start);
  let hidden: string | undefined;
  // The next `>` is searched once, however many unclosed tags precede it.
  let close = html.indexOf('>');
  while (start < html.length) {
    const end = nextTag(html, start + 1);
    const isEnd = html[start + 1] === '/';
    const name = tagName(html, start + (isEnd ? 2 : 1));
    const hides = !isEnd && (name === 'script' || name === 'style');
    if (hidden !== undefined && isEnd && name === hidden) hidden = undefined;
    else if (hidden === undefined && hides) hidden = name;
    // An unclosed tag at the end of truncated text is dropped with its rest.
    if (hidden === undefined) {
      if (close !== -1 && close < start) close = html.indexOf('>', start);
      if (close !== -1 && close < end) text += ` ${html.slice(close + 1, end)}`;
    }
    start = end;
  }
  return text;
}

/**
 * Units of work, see `WorkBudget`. An article takes 15, text of nothing but tags or entities 50 to
 * 90.
 */
export const PLAIN_WORK_PER_CHARACTER = 50;

/** HTML of a CMS as visible text, on one line. */
export function plainText(html: string): string {
  return withoutTags(html)
    .replace(/&(#x?[0-9a-f]{1,8}|[a-z]{2,8});/gi, decodeEntity)
    .replace(/\s+/g, ' ')
    .trim();
}
