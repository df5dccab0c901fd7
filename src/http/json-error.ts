export interface JsonError {
  /** Both from 1. */
  line: number;
  column: number;
  expected: string;
}

type State = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma_or_end' | 'nothing';

const expectations: Record<State, string> = {
  value: 'a value',
  value_or_end: 'a value or "]"',
  key: 'a key in double quotes',
  key_or_end: 'a key in double quotes or "}"',
  colon: 'a ":"',
  comma_or_end: 'a "," or the end of the list or object',
  nothing: 'the end of the text',
};

const WHITESPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** The offset behind the string that opens at `at`, or where it goes wrong. */
function scanString(text: string, at: number): { next: number } | { wrong: number } {
  let i = at + 1;
  while (i < text.length) {
    const char = text.charCodeAt(i);
    if (char === 0x22) return { next: i + 1 };
    if (char < 0x20) return { wrong: i };
    const length = char === 0x5c ? matchAt(ESCAPE, text, i) : 1;
    if (length === 0) return { wrong: i };
    i += length;
  }
  return { wrong: i };
}

/**
 * Position at which a text stops being JSON, and what was expected there; undefined for valid JSON.
 * `JSON.parse` gives the position only for some errors, and quotes the text for others. Without
 * recursion, because the text is untrusted.
 */
export function findJsonError(text: string): JsonError | undefined {
  const open: ('{' | '[')[] = [];
  let state: State = 'value';
  let i = 0;

  const wrong = (at: number, expected: string): JsonError => {
    const before = text.slice(0, at);
    return {
      line: before.split('\n').length,
      column: at - before.lastIndexOf('\n'),
      expected,
    };
  };
  const afterValue = (): State => (open.length > 0 ? 'comma_or_end' : 'nothing');

  for (;;) {
    i += matchAt(WHITESPACE, text, i);
    const char = text[i];
    if (char === undefined) return state === 'nothing' ? undefined : wrong(i, expectations[state]);
    const inside = open.at(-1);
    const wantsValue: boolean = state === 'value' || state === 'value_or_end';
    const wantsKey: boolean = state === 'key' || state === 'key_or_end';

    if (char === '"' && (wantsValue || wantsKey)) {
      const end = scanString(text, i);
      if ('wrong' in end) return wrong(end.wrong, 'a string that ends with " and escapes \\');
      i = end.next;
      state = wantsKey ? 'colon' : afterValue();
    } else if ((char === '{' || char === '[') && wantsValue) {
      open.push(char);
      state = char === '{' ? 'key_or_end' : 'value_or_end';
      i += 1;
    } else if (
      (char === '}' && inside === '{' && (state === 'key_or_end' || state === 'comma_or_end')) ||
      (char === ']' && inside === '[' && (state === 'value_or_end' || state === 'comma_or_end'))
    ) {
      open.pop();
      state = afterValue();
      i += 1;
    } else if (char === ':' && state === 'colon') {
      state = 'value';
      i += 1;
    } else if (char === ',' && state === 'comma_or_end') {
      state = inside === '{' ? 'key' : 'value';
      i += 1;
    } else {
      const scalar = wantsValue ? matchAt(SCALAR, text, i) : 0;
      if (scalar === 0) return wrong(i, expectations[state]);
      i += scalar;
      state = afterValue();
    }
  }
}
