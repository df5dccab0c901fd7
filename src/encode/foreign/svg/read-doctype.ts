import { AppError } from '../../../errors/app-error.js';
import { invalidAsset } from '../../asset-limits.js';

/** Illustrator declares a dozen. */
const MAX_ENTITIES = 200;
const MAX_VALUE_LENGTH = 64 * 1024;
/** All that entities add to a drawing. */
const MAX_EXPANDED = 1024 * 1024;
const MAX_DEPTH = 8;

const SPACE = /\s*/y;
const COMMENT = '<!--';
const ENTITY = /<!ENTITY\s+([A-Za-z_][\w.-]{0,63})\s+(?:"([^"]*)"|'([^']*)')\s*>/y;
/** Declarations that draw nothing. */
const OTHER = /<!(?:ELEMENT|ATTLIST|NOTATION)\s[^<>[\]]*>/y;
/** As drawing programs write it, up to the declarations of its own. */
const OPENING =
  /<!DOCTYPE\s+svg(?:\s+PUBLIC\s+(?:"[^"]*"|'[^']*')\s+(?:"[^"]*"|'[^']*')|\s+SYSTEM\s+(?:"[^"]*"|'[^']*'))?\s*\[/y;
const CLOSING = /\]\s*>/y;

function refused(): AppError {
  return invalidAsset(
    'The SVG declares a DOCTYPE with entities that hold markup or lead elsewhere. Save it as plain SVG ("optimised" or "web").',
  );
}

const tooMuch = () =>
  new AppError('asset_too_large', {
    detail: 'The entities of the SVG expand to too much. Save it as plain SVG.',
  });

/** The match of a sticky pattern at `at`. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const skipSpace = (text: string, at: number) => at + (matchAt(SPACE, text, at)?.[0].length ?? 0);

/** Behind the comment or instruction that begins at `at`; the same place where none does. */
function skipAside(text: string, at: number): number {
  const ends = text.startsWith(COMMENT, at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined;
  const end = ends === undefined ? -1 : text.indexOf(ends, at + 2);
  return ends === undefined || end === -1 ? at : end + ends.length;
}

function skipAsides(text: string, from: number): number {
  let at = skipSpace(text, from);
  for (;;) {
    const behind = skipSpace(text, skipAside(text, at));
    if (behind === at) return at;
    at = behind;
  }
}

function readDeclarations(text: string, from: number): { raw: Map<string, string>; end: number } {
  const raw = new Map<string, string>();
  let at = from;
  for (;;) {
    at = skipAsides(text, at);
    const closing = matchAt(CLOSING, text, at);
    if (closing) return { raw, end: at + closing[0].length };
    const entity = matchAt(ENTITY, text, at);
    const found = entity ?? matchAt(OTHER, text, at);
    if (!found) throw refused();
    at += found[0].length;
    const [, name, double, single] = entity ?? [];
    // The first declaration of a name is the one that counts (XML 1.0, 4.2).
    if (name !== undefined && !raw.has(name)) raw.set(name, double ?? single ?? '');
    if (raw.size > MAX_ENTITIES) throw tooMuch();
  }
}

const PREDEFINED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function expand(raw: ReadonlyMap<string, string>, name: string, depth: number): string {
  const value = raw.get(name);
  if (value === undefined || value.includes('<') || depth > MAX_DEPTH) throw refused();
  if (!value.includes('&')) return value;
  let length = 0;
  return value.replaceAll(/&([^&;]{1,70});/g, (_, reference: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(reference);
    const point = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10) : 0;
    if (code && (point < 1 || point > 0x10ffff)) throw refused();
    const text = code
      ? String.fromCodePoint(point)
      : (PREDEFINED[reference] ?? expand(raw, reference, depth + 1));
    length += text.length;
    if (length > MAX_VALUE_LENGTH) throw tooMuch();
    return text;
  });
}

export interface Doctype {
  /** The SVG without the declarations of its DOCTYPE. */
  text: string;
  /** Gives the values of its entities, and counts what they add. */
  entities: Record<string, string>;
}

/**
 * Reads the entities that a DOCTYPE declares for the drawing itself, as Illustrator writes them:
 * plain text, bounded, and nothing from elsewhere.
 * @throws AppError `asset_invalid` for markup, parameters and addresses; `asset_too_large`
 */
export function readDoctype(text: string): Doctype {
  const entities: Record<string, string> = Object.create(null);
  const start = skipAsides(text, text.startsWith('\ufeff') ? 1 : 0);
  const opening = matchAt(OPENING, text, start);
  if (!opening) return { text, entities };
  const { raw, end } = readDeclarations(text, start + opening[0].length);
  let added = 0;
  for (const name of raw.keys()) {
    const value = expand(raw, name, 0);
    Object.defineProperty(entities, name, {
      enumerable: true,
      get() {
        added += value.length;
        if (added > MAX_EXPANDED) throw tooMuch();
        return value;
      },
    });
  }
  return { text: text.slice(0, start) + text.slice(end), entities };
}
