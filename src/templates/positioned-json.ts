/** Both count from 1. */
export interface TextPosition {
  line: number;
  column: number;
}

export interface JsonFault extends TextPosition {
  message: string;
}

export type PositionedJson =
  | { value: unknown; positionOf(path: readonly PropertyKey[]): TextPosition }
  | { fault: JsonFault };

export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

class Fault extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

const STRING = /"(?:[^"\\\n\r]|\\.)*"/y;
const SCALAR = /(?:-?\d[\d.eE+-]*|true|false|null)/y;
const MAX_DEPTH = 50;

/** Walks a JSON text only to learn where each member stands; JSON.parse makes the values. */
class Walker {
  readonly offsets = new Map<string, number>();
  #at = 0;

  constructor(readonly text: string) {}

  document(): void {
    this.#value([]);
    this.#space();
    if (this.#at < this.text.length) this.#fail('Nothing may follow the end of the JSON text.');
  }

  #fail(message: string): never {
    throw new Fault(this.#at, message);
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.text.charAt(this.#at))) this.#at += 1;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match) this.#at += match[0].length;
    return match?.[0];
  }

  #scalar(): void {
    const start = this.#at;
    const token = this.#take(STRING) ?? this.#take(SCALAR);
    try {
      if (token !== undefined) JSON.parse(token);
    } catch {
      this.#at = start;
      this.#fail(`${token?.slice(0, 40)} is not valid JSON.`);
    }
    if (token === undefined) {
      const found = this.text.charAt(this.#at);
      this.#fail(
        found === '' ? 'The JSON text ends too early.' : `"${found}" is not expected here.`,
      );
    }
  }

  #value(path: PropertyKey[]): void {
    this.#space();
    const id = JSON.stringify(path);
    if (!this.offsets.has(id)) this.offsets.set(id, this.#at);
    if (path.length > MAX_DEPTH) this.#fail(`Nested deeper than ${MAX_DEPTH} levels.`);
    const opening = this.text.charAt(this.#at);
    if (opening === '{') this.#members('}', (i) => this.#member(path, i));
    else if (opening === '[') this.#members(']', (i) => this.#value([...path, i]));
    else this.#scalar();
  }

  #members(closing: string, member: (index: number) => void): void {
    this.#at += 1;
    this.#space();
    if (this.text.charAt(this.#at) === closing) {
      this.#at += 1;
      return;
    }
    for (let index = 0; ; index += 1) {
      member(index);
      this.#space();
      const mark = this.text.charAt(this.#at);
      if (mark !== ',' && mark !== closing) this.#fail(`A comma or "${closing}" is expected here.`);
      this.#at += 1;
      if (mark === closing) return;
    }
  }

  #member(path: PropertyKey[], _index: number): void {
    this.#space();
    const start = this.#at;
    const token = this.#take(STRING);
    if (token === undefined) this.#fail('A name in double quotes is expected here.');
    const key: string = JSON.parse(token);
    const id = JSON.stringify([...path, key]);
    if (this.offsets.has(id)) {
      this.#at = start;
      this.#fail(`"${key}" is given twice.`);
    }
    this.offsets.set(id, start);
    this.#space();
    if (this.text.charAt(this.#at) !== ':') this.#fail('A colon is expected here.');
    this.#at += 1;
    this.#value([...path, key]);
  }
}

/**
 * Parses JSON that people write by hand: a fault has its place, a name given twice is one, and
 * the place of every member can be asked for (that of the nearest known one, if it is absent).
 */
export function parsePositionedJson(text: string): PositionedJson {
  const walker = new Walker(text);
  try {
    walker.document();
    const value: unknown = JSON.parse(text);
    return {
      value,
      positionOf(path) {
        for (let length = path.length; length >= 0; length -= 1) {
          const offset = walker.offsets.get(JSON.stringify(path.slice(0, length)));
          if (offset !== undefined) return positionAt(text, offset);
        }
        return { line: 1, column: 1 };
      },
    };
  } catch (thrown) {
    const offset = thrown instanceof Fault ? thrown.offset : 0;
    const message = thrown instanceof Error ? thrown.message : 'The JSON text is not valid.';
    return { fault: { ...positionAt(text, offset), message } };
  }
}
