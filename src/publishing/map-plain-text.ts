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

/** Tags become a space where they stand, so that paragraphs do not grow together. */
function withoutTags(html: string): string {
  let text = '';
  let hidden: string | undefined;
  for (const piece of html.split(/(?=<[a-z/!?])/i)) {
    const end = /^<[a-z/!?]/i.test(piece) ? piece.indexOf('>') : -1;
    const isTag = /^<[a-z/!?]/i.test(piece);
    const [, slash, name = ''] = /^<(\/?)([a-z]+)/i.exec(piece) ?? [];
    const tag = name.toLowerCase();
    if (hidden !== undefined) {
      if (slash && tag === hidden) hidden = undefined;
      else continue;
    } else if (!slash && (tag === 'script' || tag === 'style')) {
      hidden = tag;
      continue;
    }
    // An unclosed tag at the end of a text that was cut off is dropped with its rest.
    if (!isTag) text += piece;
    else if (end !== -1) text += ` ${piece.slice(end + 1)}`;
  }
  return text;
}

/** HTML of a CMS as the text that a reader sees, on one line. */
export function plainText(html: string): string {
  return withoutTags(html)
    .replace(/&(#x?[0-9a-f]{1,8}|[a-z]{2,8});/gi, decodeEntity)
    .replace(/\s+/g, ' ')
    .trim();
}
