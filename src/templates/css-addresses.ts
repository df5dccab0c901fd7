import { type CSSToken, TokenType, tokenize } from '@csstools/css-tokenizer';
import { SLOT } from './html-scanner.js';

/** An address that a template's own files name, and where. */
export interface AddressReference {
  address: string;
  /** Characters from the start of the text it was found in. */
  offset: number;
}

/** Functions that load from a text, and those in which every text is an address. */
const URL_FUNCTIONS = new Set(['url', 'src']);
const SET_FUNCTIONS = new Set(['image-set', '-webkit-image-set', 'image', '-webkit-image']);
/** Texts in these name a format. */
const FORMAT_FUNCTIONS = new Set(['type', 'format', 'tech']);

/** Stands for a mustache while CSS is read: a character that no script has, and a name may hold. */
const STAND_IN = '\ud7ff';

const count = (text: string) => text.split(STAND_IN).length;

/** The text of a token, in which only what stood there as a mustache is one: no escape can feign it. */
function textOf(value: string, written: string): string {
  return count(value) === count(written) ? value.replaceAll(STAND_IN, SLOT) : value;
}

function nameOf([type, , , , detail]: CSSToken): string | undefined {
  if (type !== TokenType.Function && type !== TokenType.AtKeyword) return undefined;
  return detail.value.toLowerCase();
}

const isBlank = ([type]: CSSToken) => type === TokenType.Whitespace || type === TokenType.Comment;

/** CSS as browsers read it: escapes are decoded, comments are none of it. */
function tokensOf(css: string): CSSToken[] {
  const free = css.replaceAll(STAND_IN, '\ufffd');
  return tokenize({ css: free.replaceAll(SLOT, STAND_IN) });
}

/** Every address that a stylesheet loads from: `url()`, `@import`, `image-set()`; not in comments. */
export function cssAddresses(css: string): AddressReference[] {
  const found: AddressReference[] = [];
  /** The functions and brackets that are open, innermost last. */
  const open: { name: string; offset: number }[] = [];
  let imported: number | undefined;
  for (const token of tokensOf(css)) {
    const [type, written, start] = token;
    if (isBlank(token)) continue;
    const inner = open.at(-1);
    const importAt = imported;
    imported = undefined;
    switch (type) {
      case TokenType.AtKeyword:
        if (nameOf(token) === 'import') imported = start;
        break;
      case TokenType.Function:
        open.push({ name: nameOf(token) ?? '', offset: start });
        break;
      case TokenType.OpenParen:
      case TokenType.OpenSquare:
      case TokenType.OpenCurly:
        open.push({ name: '', offset: start });
        break;
      case TokenType.CloseParen:
      case TokenType.CloseSquare:
      case TokenType.CloseCurly:
        open.pop();
        break;
      case TokenType.URL:
        found.push({ address: textOf(token[4].value, written), offset: start });
        break;
      case TokenType.String: {
        const address = textOf(token[4].value, written);
        const inSet = open.some(({ name }) => SET_FUNCTIONS.has(name));
        if (importAt !== undefined) found.push({ address, offset: importAt });
        else if (inner && URL_FUNCTIONS.has(inner.name)) {
          found.push({ address, offset: inner.offset });
        } else if (inSet && !(inner && FORMAT_FUNCTIONS.has(inner.name))) {
          found.push({ address, offset: start });
        }
        break;
      }
    }
  }
  return found;
}

/**
 * What a mustache in CSS must not be a part of, or undefined: with it, data would choose the name of
 * a function or a rule, or end an escape.
 */
export function cssSlotProblem(css: string): string | undefined {
  if (!css.includes(SLOT)) return undefined;
  // Whatever the browser's tokenizer makes of it, a value behind a backslash is read as an escape.
  if (/\\[0-9a-f]{0,6}\0/i.test(css)) return 'A mustache stands in an escape (\\).';
  for (const token of tokensOf(css)) {
    if (nameOf(token) === undefined || !token[1].includes(STAND_IN)) continue;
    const what = token[0] === TokenType.Function ? 'a function' : 'an @-rule';
    return `A mustache stands in the name of ${what}. Write the name out.`;
  }
  return undefined;
}
