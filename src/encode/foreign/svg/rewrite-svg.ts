import sax from 'sax';
import { AppError } from '../../../errors/app-error.js';
import { invalidAsset } from '../../asset-limits.js';
import { type EmbeddedAsset, readReference } from './read-reference.js';
import { mayHoldUrl, rewriteCss } from './rewrite-css.js';

/** More than traced photographs of a megabyte have; each costs librsvg half a kilobyte or more. */
const MAX_ELEMENTS = 100_000;
/** Drawings are nested ten or twenty deep; readers and drawers of trees call themselves at each step. */
const MAX_DEPTH = 250;
const MAX_ATTRIBUTES = 250;
/** Enough for any drawing with embedded pictures that is still a logo. */
const MAX_EMBEDDED = 16;

/** What drawing programs write: a reference to the SVG DTD, without declarations of its own. */
const PLAIN_DOCTYPE =
  /^\s+svg(?:\s+PUBLIC\s+("[^"]*"|'[^']*')\s+("[^"]*"|'[^']*')|\s+SYSTEM\s+("[^"]*"|'[^']*'))?\s*$/;
/** What XML cannot hold at all, written as a reference or not (XML 1.0, 2.2). */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Script, and XInclude under whatever prefix: left out with all that is in them. */
const LEFT_OUT = /^(script|include|fallback)$/i;

/** What the types of sax lack. */
const library = sax as typeof sax & { MAX_BUFFER_LENGTH: number };
const STRICT: sax.SAXOptions & { strictEntities: boolean } = {
  xmlns: false,
  strictEntities: true,
};
// Beyond this sax gives up an attribute; the whole text is bounded already.
library.MAX_BUFFER_LENGTH = Number.POSITIVE_INFINITY;

export interface RewrittenSvg {
  /** Elements, attributes and text alone, in one spelling: all that librsvg is given to read. */
  svg: string;
  /** What is embedded, as it is drawn; not yet looked into. */
  pictures: EmbeddedAsset[];
}

const localName = (name: string) => name.slice(name.lastIndexOf(':') + 1);

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Breaks and tabs become blanks, as XML's readers do with them (XML 1.0, 3.3.3). */
function escapeAttribute(value: string): string {
  return escapeText(value.replaceAll(/[\t\n\r]/g, ' ')).replaceAll('"', '&quot;');
}

function tooComplex(what: string): AppError {
  return new AppError('asset_too_large', {
    detail: `The SVG has ${what}. Simplify it, or use a PNG.`,
  });
}

/**
 * Reads an SVG strictly and writes it anew, so that librsvg sees nothing that was not seen here: no
 * declarations, instructions or comments, no script, no inclusion, no address but those within the
 * drawing and the embedded pictures, under their true kinds. What was to be loaded from elsewhere
 * is drawn without, as ever. Names are judged without regard to their namespaces: a prefix can
 * hide nothing.
 * @throws AppError `asset_invalid`, `asset_too_large`
 */
export function rewriteSvg(text: string): RewrittenSvg {
  const parser = sax.parser(true, STRICT);
  const out: string[] = [];
  const pictures: EmbeddedAsset[] = [];
  let elements = 0;
  let depth = 0;
  /** The depth at which something began that is left out. */
  let leftOutAt: number | undefined;
  /** The depth of the style element that is being read, and its text. */
  let styleAt: number | undefined;
  let styleText = '';

  function embed(picture: EmbeddedAsset): string {
    pictures.push(picture);
    if (pictures.length > MAX_EMBEDDED) {
      throw invalidAsset(`The SVG holds more than ${MAX_EMBEDDED} pictures. Use a simpler one.`);
    }
    return `data:image/${picture.kind};base64,${picture.bytes.toString('base64')}`;
  }

  /** The address of an element in its one spelling; undefined where it is left out. */
  function rewriteHref(element: string, value: string): string | undefined {
    // A link only has to stay one, for style sheets that tell links from other text.
    if (element === 'a') return '#';
    const reference = readReference(value);
    if (reference.to === 'fragment') return `#${reference.id}`;
    return reference.to === 'picture' ? embed(reference.picture) : undefined;
  }

  function rewriteAttribute(element: string, name: string, value: string): string | undefined {
    const local = localName(name).toLowerCase();
    if (/^on/.test(local) || name === 'xml:base') return undefined;
    if (local === 'href') return rewriteHref(element, value);
    if (name === 'xmlns' || name.startsWith('xmlns:')) return value;
    if (local === 'style') return rewriteCss(value);
    if (/^\s*d\s*a\s*t\s*a\s*:/i.test(value)) return undefined;
    return mayHoldUrl(value) ? rewriteCss(value) : value;
  }

  function open({ name, attributes }: sax.Tag): void {
    if (depth === 0 && name !== 'svg') {
      throw invalidAsset('The file holds no SVG drawing at its root. Export it again.');
    }
    depth += 1;
    elements += 1;
    if (elements > MAX_ELEMENTS) throw tooComplex(`more than ${MAX_ELEMENTS} elements`);
    if (depth > MAX_DEPTH) throw tooComplex(`elements nested more than ${MAX_DEPTH} deep`);
    if (leftOutAt !== undefined) return;
    // Within a style sheet nothing but text counts.
    if (LEFT_OUT.test(localName(name)) || styleAt !== undefined) {
      leftOutAt = depth;
      return;
    }
    const entries = Object.entries(attributes);
    if (entries.length > MAX_ATTRIBUTES) {
      throw tooComplex(`an element of more than ${MAX_ATTRIBUTES} attributes`);
    }
    out.push('<', name);
    for (const [key, given] of entries) {
      const value = rewriteAttribute(localName(name), key, given);
      if (value !== undefined) out.push(' ', key, '="', escapeAttribute(value), '"');
    }
    out.push('>');
    if (localName(name).toLowerCase() === 'style') {
      styleAt = depth;
      styleText = '';
    }
  }

  function close(name: string): void {
    const at = depth;
    depth -= 1;
    if (leftOutAt !== undefined) {
      if (leftOutAt === at) leftOutAt = undefined;
      return;
    }
    if (styleAt === at) {
      out.push(escapeText(rewriteCss(styleText)));
      styleAt = undefined;
    }
    out.push('</', name, '>');
  }

  function addText(piece: string): void {
    if (leftOutAt !== undefined || depth === 0) return;
    if (styleAt === undefined) out.push(escapeText(piece));
    else styleText += piece;
  }

  parser.ondoctype = (declaration) => {
    // A reference to the DTD is harmless because it is left out; entities could grow without bound.
    if (!PLAIN_DOCTYPE.test(declaration)) {
      throw invalidAsset(
        'The SVG declares a DOCTYPE with entities. Save it as plain SVG ("optimised" or "web").',
      );
    }
  };
  parser.onopentag = (tag) => open(tag as sax.Tag);
  parser.onclosetag = close;
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onerror = (error) => {
    throw invalidAsset(
      'The SVG cannot be drawn: its markup is broken. Export it again, or use a PNG.',
      error,
    );
  };
  parser.write(text).close();

  const svg = out.join('');
  if (svg === '') {
    throw invalidAsset('The file holds no SVG drawing at its root. Export it again.');
  }
  if (NO_XML.test(svg)) {
    throw invalidAsset(
      'The SVG cannot be drawn: it holds characters that XML does not allow. Export it again.',
    );
  }
  return { svg, pictures };
}
