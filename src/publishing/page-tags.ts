/** A tag about the page: `<meta>`, with `property` or `name`, and its content. */
interface PageTag {
  name: string;
  content: string;
}

export interface PageTags {
  tags: PageTag[];
  /** `<base href>`, as written. */
  base: string | undefined;
  /** `<link rel="image_src">`, as written. */
  imageSrc: string | undefined;
}

/** Elements whose content is text without tags, up to their end tag. */
const RAW = new Set(['script', 'style', 'textarea', 'title', 'template', 'noscript', 'svg']);
const MAX_TAGS = 200;

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Decodes character references in attributes; unknown ones stay unchanged. */
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

/** Reads the attributes of the tag whose name ends at `from`, and the end of the tag. */
function readAttributes(html: string, from: number) {
  const pattern = /[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/y;
  pattern.lastIndex = from;
  const attributes = new Map<string, string>();
  let end = from;
  for (let match = pattern.exec(html); match; match = pattern.exec(html)) {
    const [, name = '', double, single, bare] = match;
    const key = name.toLowerCase();
    // The first of equal attributes counts.
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
  // Crawlers accept `property` and `name` alike.
  const tag = (of('property') || of('name'))?.toLowerCase();
  const content = of('content');
  if (tag !== undefined && content !== undefined) found.tags.push({ name: tag, content });
}

/**
 * Reads the tags that crawlers use, in their order. Parses only as much HTML as needed: comments
 * and raw text are skipped, attributes may have any quotes and order. Time is linear in the length.
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
