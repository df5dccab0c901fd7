/** A tag that speaks of the page: `<meta>`, with `property` or `name`, and its content. */
interface PageTag {
  name: string;
  content: string;
}

export interface PageTags {
  tags: PageTag[];
  /** Of `<base href>`, as it stands. */
  base: string | undefined;
  /** Of `<link rel="image_src">`, as it stands. */
  imageSrc: string | undefined;
}

/** What holds text and no tags, up to its own end. */
const RAW = new Set(['script', 'style', 'textarea', 'title', 'template', 'noscript', 'svg']);
const MAX_TAGS = 200;

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The references that attributes of such tags hold; unknown ones stay as they are. */
function unescaped(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

/** The attributes of the tag whose name ends at `from`, and where the tag ends. */
function readAttributes(html: string, from: number) {
  const pattern = /[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/y;
  pattern.lastIndex = from;
  const attributes = new Map<string, string>();
  let end = from;
  for (let match = pattern.exec(html); match; match = pattern.exec(html)) {
    const [, name = '', double, single, bare] = match;
    const key = name.toLowerCase();
    // Of two attributes of one name the first counts.
    if (!attributes.has(key)) attributes.set(key, unescaped(double ?? single ?? bare ?? ''));
    end = pattern.lastIndex;
  }
  const close = html.indexOf('>', end);
  return { attributes, end: close === -1 ? html.length : close + 1 };
}

function note(found: PageTags, name: string, attributes: Map<string, string>): void {
  const of = (attribute: string) => attributes.get(attribute)?.trim();
  if (name === 'base') found.base ??= of('href');
  if (name === 'link' && of('rel')?.toLowerCase() === 'image_src') found.imageSrc ??= of('href');
  if (name !== 'meta' || found.tags.length >= MAX_TAGS) return;
  // Crawlers take `property` and `name` alike, whichever the tag was given.
  const tag = (of('property') || of('name'))?.toLowerCase();
  const content = of('content');
  if (tag !== undefined && content !== undefined) found.tags.push({ name: tag, content });
}

/**
 * The tags that crawlers look at, in their order. Reads as much of HTML as that takes: comments and
 * raw text are passed over, attributes come in any quotes and order. Time grows with the length.
 */
export function readPageTags(html: string): PageTags {
  const found: PageTags = { tags: [], base: undefined, imageSrc: undefined };
  const opening = /<(!--|[a-z][a-z0-9]*)/gi;
  for (let match = opening.exec(html); match; match = opening.exec(html)) {
    const name = (match[1] ?? '').toLowerCase();
    if (name === '!--') {
      const end = html.indexOf('-->', opening.lastIndex);
      if (end === -1) break;
      opening.lastIndex = end + 3;
      continue;
    }
    const { attributes, end } = readAttributes(html, opening.lastIndex);
    opening.lastIndex = end;
    note(found, name, attributes);
    if (!RAW.has(name)) continue;
    const closing = new RegExp(`</${name}[\\s/>]`, 'gi');
    closing.lastIndex = end;
    if (!closing.exec(html)) break;
    opening.lastIndex = closing.lastIndex;
  }
  return found;
}
