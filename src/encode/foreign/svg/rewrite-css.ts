import { type CSSToken, TokenType, tokenize } from '@csstools/css-tokenizer';
import { AppError } from '../../../errors/app-error.js';
import { colorInSrgb, isColorFunction } from './css-color.js';
import { readReference } from './read-reference.js';
import type { SvgStyle } from './svg-style.js';

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

export function tooLongStyle(): AppError {
  return new AppError('asset_too_large', {
    detail: 'The styles of the SVG expand to too much. Simplify it, or use a PNG.',
  });
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

const PLAIN: SvgStyle = {
  variables: new Map(),
  cannotDraw: () => undefined,
  spend: () => undefined,
};

/** Values refer to each other; in a circle they have none. */
const MAX_DEPTH = 12;
/** Of one text after all of its values stand in it. */
const MAX_REWRITTEN = 1024 * 1024;

/** What browsers calculate and the rasteriser does not. */
const UNKNOWN_FUNCTION =
  /^(?:calc|min|max|clamp|env|attr|color-mix|image-set|path|inset|polygon|(?:repeating-)?(?:linear|radial|conic)-gradient)$/i;
/** Rules that are for other readers: dark pages, printers, pointers. */
const FOR_OTHERS = /dark|print|reduce|hover|pointer|forced|contrast|speech/i;

const textOf = (tokens: CSSToken[]) => tokens.map(([, raw]) => raw).join('');

/** The value of `var(--name, spare)`; undefined where there is none. */
function variableValue(inside: CSSToken[], style: SvgStyle, depth: number): string | undefined {
  const comma = inside.findIndex(([type]) => type === TokenType.Comma);
  const head = comma === -1 ? inside : inside.slice(0, comma);
  const [name] = head.filter((one) => !isBlank(one));
  const value = name && style.variables.get(name[1]);
  const text = value ?? (comma === -1 ? undefined : textOf(inside.slice(comma + 1)));
  return text === undefined || depth >= MAX_DEPTH ? undefined : rewrite(text, style, depth + 1);
}

const REPLACED = /^(?:var|light-dark)$/i;

const isReplaced = (token: CSSToken) =>
  token[0] === TokenType.Function &&
  (REPLACED.test(token[4].value) || isColorFunction(token[4].value));

/** What stands for a function that the rasteriser does not know. */
function replacement(name: string, inside: CSSToken[], style: SvgStyle, depth: number): string {
  style.spend();
  if (/^var$/i.test(name)) {
    const value = variableValue(inside, style, depth);
    if (value === undefined) style.cannotDraw('a value, var(), that nothing declares');
    // Invalid, so that an earlier declaration counts.
    return value ?? ' ! ';
  }
  if (depth >= MAX_DEPTH) return ' ! ';
  if (/^light-dark$/i.test(name)) {
    const comma = inside.findIndex(([type]) => type === TokenType.Comma);
    return rewrite(textOf(inside.slice(0, Math.max(0, comma))), style, depth + 1);
  }
  const content = rewrite(textOf(inside), style, depth + 1);
  const color = colorInSrgb(name, content);
  if (color === undefined) style.cannotDraw(`a colour of the form ${name.slice(0, 20)}()`);
  return color ?? `${escapeName(name)}(${content})`;
}

/** What an address leads to that is not drawn; a font within a drawing is not used, either. */
function noteAddress(address: string, style: SvgStyle): void {
  if (/^\s*#/.test(address) || address.trim() === '') return;
  if (/^\s*data:/i.test(address)) {
    if (/^\s*data:[^,;]{0,40}font/i.test(address)) style.cannotDraw('fonts of its own');
    return;
  }
  style.cannotDraw('styles or fonts from elsewhere, which are never loaded');
}

/** Colours that are made from others: `rgb(from red r g b)`. */
function isRelativeColor(tokens: CSSToken[], at: number): boolean {
  const token = tokens[at];
  if (token?.[0] !== TokenType.Function || !/^(?:rgb|hsl)a?$/i.test(token[4].value)) return false;
  const first = tokens.slice(at + 1, at + 8).find((one) => !isBlank(one));
  return first?.[0] === TokenType.Ident && first[4].value.toLowerCase() === 'from';
}

/** Finds rules within rules, which the rasteriser passes over. */
function createNesting(style: SvgStyle): (token: CSSToken) => void {
  const open: ('at-rule' | 'rule')[] = [];
  let isAtRule = false;
  return ([type]) => {
    if (type === TokenType.AtKeyword) isAtRule = true;
    else if (type === TokenType.Semicolon) isAtRule = false;
    else if (type === TokenType.CloseCurly) open.pop();
    else if (type === TokenType.OpenCurly) {
      if (open.at(-1) === 'rule') style.cannotDraw('rules within rules');
      open.push(isAtRule ? 'at-rule' : 'rule');
      isAtRule = false;
    }
  };
}

function noteRule(tokens: CSSToken[], at: number, style: SvgStyle): void {
  const token = tokens[at];
  if (token?.[0] !== TokenType.AtKeyword) return;
  const name = token[4].value.toLowerCase();
  if (!['media', 'supports', 'layer', 'container'].includes(name)) return;
  const end = tokens.findIndex(([type], i) => i > at && type === TokenType.OpenCurly);
  if (end === -1 || FOR_OTHERS.test(textOf(tokens.slice(at, end)))) return;
  style.cannotDraw(`rules under @${name}`);
}

function rewrite(css: string, style: SvgStyle, depth: number): string {
  // Without these characters no address can be written, however it is escaped.
  if (!/[(\\@]|\{[^}]*\{/.test(css)) return css;
  const tokens = tokenize({ css });
  const out: string[] = [];
  const noteNesting = createNesting(style);
  let length = 0;
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token === undefined || token[0] === TokenType.EOF) break;
    noteNesting(token);
    if (token[0] === TokenType.AtKeyword && /^import$/i.test(token[4].value)) {
      style.cannotDraw('styles or fonts from elsewhere, which are never loaded');
      at = statementEnd(tokens, at + 1);
    } else if (isCall(token, /^(url|src)$/i)) {
      const end = blockEnd(tokens, at);
      const [given] = tokens.slice(at + 1, end).filter((one) => !isBlank(one));
      if (given?.[0] === TokenType.String) noteAddress(given[4].value, style);
      out.push(given?.[0] === TokenType.String ? rewriteUrl(given[4].value) : NO_ADDRESS);
      at = end;
    } else if (token[0] === TokenType.Function && isReplaced(token)) {
      const end = blockEnd(tokens, at);
      const isClosed = tokens[end - 1]?.[0] === TokenType.CloseParen;
      const inside = tokens.slice(at + 1, isClosed ? end - 1 : end);
      out.push(replacement(token[4].value, inside, style, depth));
      at = end;
    } else {
      if (token[0] === TokenType.URL) noteAddress(token[4].value, style);
      if (isRelativeColor(tokens, at)) style.cannotDraw('colours made from others');
      if (isCall(token, UNKNOWN_FUNCTION)) style.cannotDraw(`values of the form ${token[1]})`);
      noteRule(tokens, at, style);
      out.push(rewriteToken(token));
      at += 1;
    }
    length += out.at(-1)?.length ?? 0;
    if (length > MAX_REWRITTEN) throw tooLongStyle();
  }
  return out.join('');
}

/**
 * Rewrites style sheets, style attributes and single values from their tokens, with every address
 * checked. Addresses that would load from outside are replaced; `@import` is removed. Custom
 * properties and newer forms of colours become plain values; `style` is told what remains.
 * @throws AppError `asset_invalid` as `readReference`
 */
export function rewriteCss(css: string, style: SvgStyle = PLAIN): string {
  return rewrite(css, style, 0);
}

/** Whether an attribute's value may contain a CSS address, or another value to be rewritten. */
export function mayHoldUrl(value: string): boolean {
  return (
    value.includes('(') &&
    (value.includes('\\') ||
      /url|src|var|lab|lch|hwb|color|light-dark|calc|from|min|max|clamp|env|attr|gradient/i.test(
        value,
      ))
  );
}
