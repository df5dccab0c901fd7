import { type CSSToken, TokenType, tokenize } from '@csstools/css-tokenizer';
import { all as knownProperties } from 'known-css-properties';
import { didYouMean } from '../lib/nearest-name.js';
import { SLOT } from './html-scanner.js';

/*
 * What a browser passes over in silence: blocks that do not end, names that mean nothing. None of
 * it is refused, because styles may be written for browsers to come.
 */

/** Something in a stylesheet that has no effect, or not the one that was meant. */
interface CssMistake {
  message: string;
  /** Characters from the start of the text. */
  offset: number;
}

const properties: ReadonlySet<string> = new Set(knownProperties);
/** Of families that browsers have and the list does not. */
const NEWER =
  /^(?:corner-|(?:row-|column-)?rule(?:-|$)|row-rule|timeline-trigger|interest-delay|text-fit$|border-shape$|view-transition-|trigger-scope$)/;
/** For other browsers, which nobody takes for a mistake. */
const OTHER_BROWSER = /^-(?:moz|ms|o|khtml|apple)-|^_/;
const FONT_FACE =
  /^(?:font-family|src|font-style|font-weight|font-stretch|font-width|font-display|font-feature-settings|font-variation-settings|font-named-instance|font-language-override|unicode-range|ascent-override|descent-override|line-gap-override|size-adjust)$/;

/** At-rules, and what stands in their blocks: rules, or what is not looked at. */
const AT_RULES: Readonly<Record<string, 'rules' | 'font-face' | 'other' | 'statement'>> = {
  charset: 'statement',
  import: 'statement',
  namespace: 'statement',
  'custom-media': 'statement',
  apply: 'statement',
  media: 'rules',
  supports: 'rules',
  layer: 'rules',
  container: 'rules',
  scope: 'rules',
  'starting-style': 'rules',
  document: 'rules',
  keyframes: 'rules',
  'font-face': 'font-face',
  property: 'other',
  page: 'other',
  'counter-style': 'other',
  'font-feature-values': 'other',
  'font-palette-values': 'other',
  'color-profile': 'other',
  'position-try': 'other',
  'view-transition': 'other',
  function: 'other',
  mixin: 'other',
};

type Holds = 'rules' | 'declarations' | 'font-face' | 'other';

interface Block {
  holds: Holds;
  /** Where what it belongs to begins. */
  offset: number;
}

/** Nobody sets lines in further. */
const MAX_INDENT = 200;
/** After so many, what is left is told once these are mended. */
const MAX_MISTAKES = 50;

/** Stands for a mustache: part of a name or a value, whatever is meant. */
const STAND_IN = '\ud7ff';

const isBlank = ([type]: CSSToken) => type === TokenType.Whitespace || type === TokenType.Comment;
const opensRound = ([type]: CSSToken) =>
  type === TokenType.Function || type === TokenType.OpenParen || type === TokenType.OpenSquare;
const closesRound = ([type]: CSSToken) =>
  type === TokenType.CloseParen || type === TokenType.CloseSquare;
const isIdent = (token: CSSToken | undefined) => token?.[0] === TokenType.Ident;

class Reader {
  readonly mistakes: CssMistake[] = [];
  readonly #css: string;
  readonly #tokens: CSSToken[];
  readonly #open: Block[] = [];
  /** Blocks that were still open where, by its place in its line, another one ended. */
  readonly #suspects: Block[] = [];
  readonly #inRule: boolean;
  readonly #lineStarts = [0];
  #at = 0;

  constructor(css: string, inRule: boolean) {
    this.#css = css;
    this.#inRule = inRule;
    for (let at = css.indexOf('\n'); at !== -1; at = css.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1);
    }
    this.#tokens = tokenize({ css }).filter(([type]) => type !== TokenType.EOF);
  }

  #report(offset: number, message: string): void {
    if (this.mistakes.length < MAX_MISTAKES) this.mistakes.push({ message, offset });
  }

  get #holds(): Holds {
    return this.#open.at(-1)?.holds ?? (this.#inRule ? 'declarations' : 'rules');
  }

  read(): CssMistake[] {
    while (this.#at < this.#tokens.length && this.mistakes.length < MAX_MISTAKES) {
      this.#statement();
    }
    const unclosed = this.#suspects[0] ?? this.#open.at(-1);
    if (this.#open.length > 0 && unclosed) {
      this.#report(unclosed.offset, 'The block that begins here is not closed: a } is missing.');
    }
    return this.mistakes.sort((a, b) => a.offset - b.offset);
  }

  #statement(): void {
    const token = this.#tokens[this.#at];
    if (!token) return;
    const [type, text, offset] = token;
    if (type === TokenType.Comment && !text.endsWith('*/')) {
      this.#report(offset, 'The comment that begins here is not closed: */ is missing.');
    }
    if (isBlank(token) || type === TokenType.Semicolon || /^(?:CDO|CDC)-/.test(String(type))) {
      this.#at += 1;
    } else if (type === TokenType.CloseCurly) {
      this.#close(offset);
      this.#at += 1;
    } else if (type === TokenType.AtKeyword) this.#atRule(token);
    else this.#ruleOrDeclaration(offset);
  }

  #close(offset: number): void {
    const block = this.#open.pop();
    if (!block) {
      this.#report(offset, 'This } closes nothing.');
      return;
    }
    const [line, openerLine] = [this.#lineStart(offset), this.#lineStart(block.offset)];
    const indent = this.#indentOf(line);
    const isAlone = line + indent === offset;
    if (isAlone && line !== openerLine && indent < this.#indentOf(openerLine)) {
      this.#suspects.push(block);
    }
  }

  /** Found by halves: a whole sheet may stand on one line. */
  #lineStart(offset: number): number {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#lineStarts[low] ?? 0;
  }

  /** How far the first thing on a line is set in. */
  #indentOf(line: number): number {
    let at = line;
    while (at - line < MAX_INDENT && /[ \t]/.test(this.#css.charAt(at))) at += 1;
    return at - line;
  }

  /** The tokens up to what ends a statement, which is not taken. */
  #take(): { tokens: CSSToken[]; end: CSSToken | undefined } {
    const tokens: CSSToken[] = [];
    const round: CSSToken[] = [];
    for (; this.#at < this.#tokens.length; this.#at += 1) {
      const token = this.#tokens[this.#at] as CSSToken;
      const [type] = token;
      const ends =
        type === TokenType.Semicolon ||
        type === TokenType.OpenCurly ||
        type === TokenType.CloseCurly;
      if (ends) {
        const unclosed = round.at(-1);
        if (unclosed) this.#report(unclosed[2], 'The bracket that opens here is not closed.');
        return { tokens, end: token };
      }
      if (type === TokenType.BadString) this.#report(token[2], 'The quote is not closed.');
      if (type === TokenType.BadURL) this.#report(token[2], 'This url() is not valid.');
      if (opensRound(token)) round.push(token);
      else if (closesRound(token)) round.pop();
      tokens.push(token);
    }
    const unclosed = round.at(-1);
    if (unclosed) this.#report(unclosed[2], 'The bracket that opens here is not closed.');
    return { tokens, end: undefined };
  }

  #enter(holds: Holds, offset: number): void {
    this.#open.push({ holds, offset });
    this.#at += 1;
  }

  #atRule([, text, offset]: CSSToken): void {
    const name = text
      .slice(1)
      .toLowerCase()
      .replace(/^-webkit-/, '');
    const kind = Object.hasOwn(AT_RULES, name) ? AT_RULES[name] : undefined;
    if (kind === undefined && !text.startsWith('@-')) {
      const hint = didYouMean(name, Object.keys(AT_RULES));
      this.#report(offset, `Browsers know no rule "${text}".${hint}`);
    }
    const { end } = this.#take();
    if (end?.[0] !== TokenType.OpenCurly) {
      if (end?.[0] === TokenType.Semicolon) this.#at += 1;
      return;
    }
    // Within a rule, what these hold is part of the rule.
    const holds = kind === 'rules' && this.#holds === 'declarations' ? 'declarations' : kind;
    this.#enter(holds === undefined || holds === 'statement' ? 'other' : holds, offset);
  }

  #ruleOrDeclaration(offset: number): void {
    const { tokens, end } = this.#take();
    const solid = tokens.filter((token) => !isBlank(token));
    const [first, second] = solid;
    const isNamed = isIdent(first) && second?.[0] === TokenType.Colon;
    if (end?.[0] === TokenType.OpenCurly) {
      this.#rule(tokens, solid, isNamed, offset);
      return;
    }
    if (end?.[0] === TokenType.Semicolon) this.#at += 1;
    if (this.#holds === 'other') return;
    if (this.#holds === 'rules') {
      this.#report(offset, 'This stands outside of every rule: a { is missing, or a } too many.');
    } else if (isNamed) this.#declaration(tokens, solid);
    else if (!solid.some(([, text]) => text.includes(STAND_IN)))
      this.#report(offset, 'This is no declaration: a : is missing, or a name before it.');
  }

  #rule(tokens: CSSToken[], solid: CSSToken[], isNamed: boolean, offset: number): void {
    const parent = this.#open.at(-1);
    const colon = tokens.findIndex(([type]) => type === TokenType.Colon);
    const isSpaced = colon >= 0 && tokens[colon + 1]?.[0] === TokenType.Whitespace;
    const name = solid[0]?.[1] ?? '';
    if (solid.length === 0) this.#report(offset, 'This { has no selector before it.');
    // In a selector, nothing stands between a colon and the name after it.
    else if (isNamed && isSpaced && !name.startsWith('--') && parent) {
      this.#report(
        parent.offset,
        'The block that begins here is not closed before the next one begins: a } is missing.',
      );
      this.#open.pop();
    }
    const isOther = this.#holds === 'other' || (isNamed && name.startsWith('--'));
    this.#enter(isOther ? 'other' : 'declarations', offset);
  }

  #declaration(tokens: CSSToken[], solid: CSSToken[]): void {
    const [name, , ...value] = solid;
    if (!name) return;
    this.#property(name);
    if (value.length === 0 && !name[1].startsWith('--')) {
      this.#report(name[2], `"${name[1]}" has no value.`);
    }
    if (name[1].startsWith('--')) return;
    let depth = 0;
    let last: CSSToken | undefined;
    for (const token of tokens) {
      if (opensRound(token)) depth += 1;
      else if (closesRound(token)) depth -= 1;
      if (token[0] === TokenType.Colon && depth === 0 && last !== name && isIdent(last)) {
        this.#report(last?.[2] ?? 0, `A ; is missing before "${last?.[1]}".`);
      }
      if (!isBlank(token)) last = token;
    }
  }

  #property([, written, offset]: CSSToken): void {
    const name = written.toLowerCase();
    if (name.startsWith('--') || name.includes(STAND_IN) || OTHER_BROWSER.test(name)) return;
    if (this.#holds === 'font-face') {
      if (!FONT_FACE.test(name)) this.#report(offset, `@font-face has no "${written}".`);
      return;
    }
    if (properties.has(name) || NEWER.test(name)) return;
    const hint = didYouMean(name, knownProperties);
    this.#report(offset, `Browsers know no property "${written}".${hint}`);
  }
}

/** The mistakes of a stylesheet, or with `inRule` of the content of `style="…"`, in order. */
export function cssMistakes(css: string, inRule = false): CssMistake[] {
  return new Reader(css.replaceAll(SLOT, STAND_IN), inRule).read();
}
