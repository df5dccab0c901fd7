import sax from 'sax';
import { AppError } from '../../../errors/app-error.js';
import { invalidAsset } from '../../asset-limits.js';
import { readDoctype } from './read-doctype.js';
import { type EmbeddedAsset, readReference } from './read-reference.js';
import { mayHoldUrl, rewriteCss, tooLongStyle } from './rewrite-css.js';
import { createVariables, type SvgStyle } from './svg-style.js';

/**
 * More than a traced photo of a megabyte has; each element costs librsvg half a kilobyte or more.
 */
const MAX_ELEMENTS = 100_000;
/** Drawings are nested ten or twenty deep; parsers and renderers recurse at each level. */
const MAX_DEPTH = 250;
const MAX_ATTRIBUTES = 250;
/** Enough for any logo with embedded images. */
const MAX_EMBEDDED = 16;

/** As drawing programs write it: a reference to the SVG DTD, without own declarations. */
const PLAIN_DOCTYPE =
  /^\s+svg(?:\s+PUBLIC\s+("[^"]*"|'[^']*')\s+("[^"]*"|'[^']*')|\s+SYSTEM\s+("[^"]*"|'[^']*'))?\s*$/;
/** Characters that XML does not allow, as references or directly (XML 1.0, 2.2). */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Script, and XInclude under any prefix: removed with all of their content. */
const REMOVED = /^(script|include|fallback)$/i;

/** Missing in the types of sax. */
const library = sax as typeof sax & { MAX_BUFFER_LENGTH: number };
const STRICT: sax.SAXOptions & { strictEntities: boolean } = {
  xmlns: false,
  strictEntities: true,
};
// Beyond this sax fails on an attribute; the length of the whole text is limited already.
library.MAX_BUFFER_LENGTH = Number.POSITIVE_INFINITY;

export interface RewrittenSvg {
  /** Only elements, attributes and text, in canonical form: the only input of librsvg. */
  svg: string;
  /** Embedded images, not yet checked. */
  embedded: EmbeddedAsset[];
  /** What of it cannot be drawn, as it goes on after "The SVG has". */
  leftOut: string[];
}

/** Values of `var()` and the like: more than a drawing of a hundred kilobytes has. */
const MAX_REPLACED = 20_000;
/** Further parts that cannot be drawn are not named. */
const MAX_LEFT_OUT = 4;

const XLINK = 'http://www.w3.org/1999/xlink';

const localName = (name: string) => name.slice(name.lastIndexOf(':') + 1);

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Line breaks and tabs become spaces, as in every XML parser (XML 1.0, 3.3.3). */
function escapeAttribute(value: string): string {
  return escapeText(value.replaceAll(/[\t\n\r]/g, ' ')).replaceAll('"', '&quot;');
}

function tooComplex(what: string): AppError {
  return new AppError('asset_too_large', {
    detail: `The SVG has ${what}. Simplify it, or use a PNG.`,
  });
}

function xmlParser(entities: Record<string, string>): sax.SAXParser {
  const parser = sax.parser(true, STRICT) as sax.SAXParser & { ENTITIES: object };
  // They count what they add when they are read.
  Object.defineProperties(parser.ENTITIES, Object.getOwnPropertyDescriptors(entities));
  return parser;
}

/** The custom properties of a drawing, which may stand behind what uses them. */
function variablesOf(text: string, entities: Record<string, string>): SvgStyle['variables'] {
  const found = createVariables();
  if (!/var\s*\(/i.test(text)) return found.variables;
  const parser = xmlParser(entities);
  let styles = 0;
  let css = '';
  parser.onopentag = ({ name, attributes }) => {
    for (const [key, value] of Object.entries(attributes)) {
      if (localName(key).toLowerCase() === 'style') found.read(`{${String(value)}}`);
    }
    if (localName(name).toLowerCase() === 'style') styles += 1;
  };
  parser.onclosetag = (name) => {
    if (localName(name).toLowerCase() !== 'style') return;
    styles -= 1;
    found.read(css);
    css = '';
  };
  const add = (piece: string) => {
    if (styles > 0) css += piece;
  };
  parser.ontext = add;
  parser.oncdata = add;
  // The reading below says what is wrong.
  parser.onerror = () => parser.resume();
  parser.write(text).close();
  return found.variables;
}

/**
 * Parses an SVG strictly and writes it anew, so that librsvg reads nothing that was not checked
 * here: no declarations, instructions or comments, no script, no inclusion, no addresses except
 * those within the drawing and embedded images, under their real formats. Content that would be
 * loaded from elsewhere is left out, as before. Names are checked without regard to namespaces: a
 * prefix can hide nothing.
 * @throws AppError `asset_invalid`, `asset_too_large`
 */
export function rewriteSvg(given: string): RewrittenSvg {
  const { text, entities } = readDoctype(given);
  const parser = xmlParser(entities);
  const leftOut = new Set<string>();
  const cannotDraw = (what: string) => {
    if (leftOut.size < MAX_LEFT_OUT) leftOut.add(what);
  };
  let replaced = 0;
  const style: SvgStyle = {
    variables: variablesOf(text, entities),
    cannotDraw,
    spend() {
      replaced += 1;
      if (replaced > MAX_REPLACED) throw tooLongStyle();
    },
  };
  const parents: string[] = [];
  const prefixes = new Set<string>();
  const declared = new Set<string>();
  const out: string[] = [];
  const embedded: EmbeddedAsset[] = [];
  let elements = 0;
  let depth = 0;
  /** The depth at which a removed element began. */
  let removedAt: number | undefined;
  /** The depth of the current style element, and its text. */
  let styleAt: number | undefined;
  let styleText = '';

  function notePrefix(name: string): void {
    const colon = name.indexOf(':');
    if (colon <= 0) return;
    const prefix = name.slice(0, colon);
    if (prefix === 'xmlns') declared.add(name.slice(colon + 1));
    else if (prefix !== 'xml') prefixes.add(prefix);
  }

  /** As an SVG that was cut out of a page has them: the parser behind this one takes none of it. */
  function undeclared(): string {
    const missing = [...prefixes].filter((prefix) => !declared.has(prefix));
    return missing
      .map(
        (prefix) => ` xmlns:${prefix}="${prefix === 'xlink' ? XLINK : `urn:undeclared:${prefix}`}"`,
      )
      .join('');
  }

  function embed(asset: EmbeddedAsset): string {
    embedded.push(asset);
    if (embedded.length > MAX_EMBEDDED) {
      throw invalidAsset(`The SVG holds more than ${MAX_EMBEDDED} pictures. Use a simpler one.`);
    }
    return `data:image/${asset.kind};base64,${asset.bytes.toString('base64')}`;
  }

  /** The canonical address of an element; undefined if it is removed. */
  function rewriteHref(element: string, value: string): string | undefined {
    // A link must stay a link, for style sheets that select links.
    if (element === 'a') return '#';
    const reference = readReference(value);
    if (reference.to === 'fragment') return `#${reference.id}`;
    if (reference.to === 'asset') return embed(reference.asset);
    if (/^(?:image|feimage|use)$/i.test(element)) {
      cannotDraw('pictures linked from elsewhere, which are never loaded');
    }
    return undefined;
  }

  function rewriteAttribute(element: string, name: string, value: string): string | undefined {
    const local = localName(name).toLowerCase();
    if (/^on/.test(local) || name === 'xml:base') return undefined;
    if (local === 'href') return rewriteHref(element, value);
    if (name === 'xmlns' || name.startsWith('xmlns:')) return value;
    if (local === 'style') return rewriteCss(value, style);
    if (/^\s*d\s*a\s*t\s*a\s*:/i.test(value)) return undefined;
    return mayHoldUrl(value) ? rewriteCss(value, style) : value;
  }

  function open({ name, attributes }: sax.Tag): void {
    if (depth === 0 && name !== 'svg') {
      throw invalidAsset('The file holds no SVG drawing at its root. Export it again.');
    }
    depth += 1;
    elements += 1;
    if (elements > MAX_ELEMENTS) throw tooComplex(`more than ${MAX_ELEMENTS} elements`);
    if (depth > MAX_DEPTH) throw tooComplex(`elements nested more than ${MAX_DEPTH} deep`);
    if (removedAt !== undefined) return;
    // Inside a style sheet only text counts.
    if (REMOVED.test(localName(name)) || styleAt !== undefined) {
      removedAt = depth;
      return;
    }
    const local = localName(name).toLowerCase();
    if (local === 'foreignobject' && parents[depth - 2] !== 'switch') cannotDraw('HTML in it');
    parents[depth - 1] = local;
    const entries = Object.entries(attributes);
    if (entries.length > MAX_ATTRIBUTES) {
      throw tooComplex(`an element of more than ${MAX_ATTRIBUTES} attributes`);
    }
    out.push('<', name);
    notePrefix(name);
    for (const [key, given] of entries) {
      notePrefix(key);
      const value = rewriteAttribute(localName(name), key, given);
      if (value !== undefined) out.push(' ', key, '="', escapeAttribute(value), '"');
    }
    out.push('>');
    if (local === 'style') {
      styleAt = depth;
      styleText = '';
    }
  }

  function close(name: string): void {
    const at = depth;
    depth -= 1;
    if (removedAt !== undefined) {
      if (removedAt === at) removedAt = undefined;
      return;
    }
    if (styleAt === at) {
      out.push(escapeText(rewriteCss(styleText, style)));
      styleAt = undefined;
    }
    out.push('</', name, '>');
  }

  function addText(piece: string): void {
    if (removedAt !== undefined || depth === 0) return;
    if (styleAt === undefined) out.push(escapeText(piece));
    else styleText += piece;
  }

  parser.ondoctype = (declaration) => {
    // A reference to the DTD is harmless, because it is removed; entities were read before, within
    // bounds.
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

  // Behind the name of the root.
  if (out.length > 2) out.splice(2, 0, undeclared());
  const svg = out.join('');
  if (svg === '') {
    throw invalidAsset('The file holds no SVG drawing at its root. Export it again.');
  }
  if (NO_XML.test(svg)) {
    throw invalidAsset(
      'The SVG cannot be drawn: it holds characters that XML does not allow. Export it again.',
    );
  }
  return { svg, embedded, leftOut: [...leftOut] };
}
