import { type CSSToken, TokenType, tokenize } from '@csstools/css-tokenizer';
import { readReference } from './read-reference.js';

/** An address that loads nothing. */
const NO_ADDRESS = 'url(#none)';

const hex = (char: string) => `\\${char.codePointAt(0)?.toString(16)} `;

/** Escapes an identifier so that all parsers read it alike. */
function escapeName(name: string): string {
  return name.replaceAll(/[^\w\u0080-\u{10ffff}-]|^[^a-z_\u0080-\u{10ffff}]/giu, hex);
}

function escapeString(text: string): string {
  return `"${text.replaceAll(/["\\\n\r\f]/g, hex)}"`;
}

/**
 * librsvg loads whole documents through `url()`, never an image, so only references within the
 * document are kept.
 */
function rewriteUrl(address: string): string {
  const reference = readReference(address);
  if (reference.to !== 'fragment') return NO_ADDRESS;
  const { id } = reference;
  return /^[\w.:-]+$/.test(id) ? `url(#${id})` : `url(${escapeString(`#${id}`)})`;
}

function rewriteToken(token: CSSToken): string {
  const [type, raw] = token;
  switch (type) {
    case TokenType.Comment:
      return '/**/';
    case TokenType.URL:
      return rewriteUrl(token[4].value);
    case TokenType.String:
      return escapeString(token[4].value);
    case TokenType.BadString:
    case TokenType.BadURL:
      // Still invalid, so that its declaration is ignored as before.
      return ' ! ';
    default:
  }
  if (!raw.includes('\\')) return raw;
  switch (type) {
    case TokenType.Ident:
      return escapeName(token[4].value);
    case TokenType.Function:
      return `${escapeName(token[4].value)}(`;
    case TokenType.AtKeyword:
      return `@${escapeName(token[4].value)}`;
    case TokenType.Hash:
      return `#${escapeName(token[4].value)}`;
    case TokenType.Dimension:
      return `${token[4].value}${hex(token[4].unit.charAt(0))}${escapeName(token[4].unit.slice(1))}`;
    default:
      return ' ! ';
  }
}

const isBlank = ([type]: CSSToken) => type === TokenType.Whitespace || type === TokenType.Comment;
const OPENING: readonly TokenType[] = [
  TokenType.Function,
  TokenType.OpenParen,
  TokenType.OpenSquare,
  TokenType.OpenCurly,
];
const CLOSING: readonly TokenType[] = [
  TokenType.CloseParen,
  TokenType.CloseSquare,
  TokenType.CloseCurly,
];

/** The end of the block that the token at `start` opens: after its closing bracket. */
function blockEnd(tokens: CSSToken[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const type = tokens[at]?.[0] ?? TokenType.EOF;
    if (OPENING.includes(type)) depth += 1;
    if (CLOSING.includes(type)) depth -= 1;
    if (depth <= 0) return at + 1;
  }
  return tokens.length;
}

/** The end of an at-rule without a block: after its semicolon, or after a block if there is one. */
function statementEnd(tokens: CSSToken[], start: number): number {
  let at = start;
  while (at < tokens.length) {
    const type = tokens[at]?.[0] ?? TokenType.EOF;
    if (type === TokenType.Semicolon) return at + 1;
    if (type === TokenType.CloseCurly) return at;
    if (type === TokenType.OpenCurly) return blockEnd(tokens, at);
    at = OPENING.includes(type) ? blockEnd(tokens, at) : at + 1;
  }
  return at;
}

const isCall = (token: CSSToken, names: RegExp) =>
  token[0] === TokenType.Function && names.test(token[4].value);

/**
 * Rewrites style sheets, style attributes and single values from their tokens, with every address
 * checked. Addresses that would load from outside are replaced; `@import` is removed.
 * @throws AppError `asset_invalid` as `readReference`
 */
export function rewriteCss(css: string): string {
  // Without these characters no address can be written, however it is escaped.
  if (!/[(\\@]/.test(css)) return css;
  const tokens = tokenize({ css });
  const out: string[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token === undefined || token[0] === TokenType.EOF) break;
    if (token[0] === TokenType.AtKeyword && /^import$/i.test(token[4].value)) {
      at = statementEnd(tokens, at + 1);
    } else if (isCall(token, /^(url|src)$/i)) {
      const end = blockEnd(tokens, at);
      const [given] = tokens.slice(at + 1, end).filter((one) => !isBlank(one));
      out.push(given?.[0] === TokenType.String ? rewriteUrl(given[4].value) : NO_ADDRESS);
      at = end;
    } else {
      out.push(rewriteToken(token));
      at += 1;
    }
  }
  return out.join('');
}

/** Whether an attribute's value may contain a CSS address. */
export function mayHoldUrl(value: string): boolean {
  return value.includes('(') && (value.includes('\\') || /url|src/i.test(value));
}
