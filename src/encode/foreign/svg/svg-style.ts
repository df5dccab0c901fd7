import { type CSSToken, TokenType, tokenize } from '@csstools/css-tokenizer';

/** Of a drawing, what its style names; and what of the drawing cannot be drawn. */
export interface SvgStyle {
  /** Custom properties by name, as they are declared first outside of a condition. */
  variables: ReadonlyMap<string, string>;
  /** Adds a part that cannot be drawn, as it goes on after "The SVG has". */
  cannotDraw(what: string): void;
  /** Counts one replaced value. @throws AppError `asset_too_large` */
  spend(): void;
}

const MAX_VARIABLES = 500;
const MAX_VALUE_LENGTH = 2_000;

/** Rules under which a property is declared for other readers than ours. */
const CONDITIONAL = /^\s*@(?:media|supports|container)\b/i;

const ENDS: readonly TokenType[] = [TokenType.Semicolon, TokenType.CloseCurly, TokenType.EOF];

/** A declaration that begins at `start`: its value, and where it ends. */
function declarationAt(tokens: CSSToken[], start: number): { value?: string; end: number } {
  let end = start + 1;
  while (end < tokens.length && !ENDS.includes(tokens[end]?.[0] ?? TokenType.EOF)) end += 1;
  const written = tokens.slice(start + 1, end).map(([, raw]) => raw);
  const text = written.join('').trimStart();
  return text.startsWith(':') ? { value: text.slice(1), end } : { end };
}

/** Collects the custom properties of style sheets and attributes; the first of a name counts. */
export function createVariables() {
  const variables = new Map<string, string>();

  function add(name: string, value: string): void {
    const text = value.trim();
    if (variables.has(name) || text.length > MAX_VALUE_LENGTH) return;
    if (variables.size < MAX_VARIABLES) variables.set(name, text);
  }

  return {
    variables,
    /** A style sheet, or the declarations of an attribute. */
    read(css: string): void {
      if (!css.includes('--')) return;
      const tokens: CSSToken[] = tokenize({ css });
      let depth = 0;
      let conditionalAt: number | undefined;
      /** The rule that is being opened, if it is one of these; undefined at the start of one. */
      let rule: { isConditional: boolean } | undefined;
      for (let at = 0; at < tokens.length; at += 1) {
        const token = tokens[at];
        if (!token) break;
        const [type, raw] = token;
        if (type === TokenType.OpenCurly) {
          depth += 1;
          if (rule?.isConditional) conditionalAt ??= depth;
        } else if (type === TokenType.CloseCurly) {
          if (conditionalAt === depth) conditionalAt = undefined;
          depth -= 1;
        } else if (rule === undefined && type === TokenType.Ident && raw.startsWith('--')) {
          const { value, end } = declarationAt(tokens, at);
          if (value !== undefined && conditionalAt === undefined) add(raw, value);
          at = end - 1;
        } else if (type !== TokenType.Semicolon) {
          if (type === TokenType.Whitespace || type === TokenType.Comment) continue;
          rule ??= { isConditional: CONDITIONAL.test(raw) };
          continue;
        }
        rule = undefined;
      }
    },
  };
}
