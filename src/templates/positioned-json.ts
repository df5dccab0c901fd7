import jsonc, { type JSONPath, type ParseErrorCode } from 'jsonc-parser';

/** Both count from 1. */
export interface TextPosition {
  line: number;
  column: number;
}

interface JsonFault extends TextPosition {
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

const MAX_DEPTH = 50;
const MAX_SHOWN = 40;

interface Place {
  /** Ends what is open there. */
  closing: string;
  wantsName: boolean;
}

/** What the parser's codes mean for who wrote the text. */
function wordsFor(code: ParseErrorCode, token: string, { closing, wantsName }: Place): string {
  if (wantsName) return 'A name in double quotes is expected here.';
  // Values of an ambient const enum, which a CommonJS package has at run time alone.
  switch (jsonc.printParseErrorCode(code)) {
    case 'ColonExpected':
      return 'A colon is expected here.';
    case 'CommaExpected':
      return `A comma or "${closing}" is expected here.`;
    case 'EndOfFileExpected':
      return 'Nothing may follow the end of the JSON text.';
    case 'InvalidCommentToken':
      return 'JSON has no comments.';
    case 'UnexpectedEndOfString':
      return 'The text in double quotes does not end.';
    case 'InvalidEscapeCharacter':
    case 'InvalidUnicode':
      return `${token.slice(0, MAX_SHOWN)} holds a "\\" that JSON does not know.`;
    case 'InvalidCharacter':
      return `${token.slice(0, MAX_SHOWN)} holds a control character; write it as \\n or \\t.`;
    case 'ValueExpected':
      return `"${token.slice(0, MAX_SHOWN)}" is not expected here.`;
    default:
      return `${token.slice(0, MAX_SHOWN)} is not valid JSON.`;
  }
}

const idOf = (path: readonly PropertyKey[]) => JSON.stringify(path);

/**
 * Where each member stands; JSON.parse makes the values.
 * @throws Fault at the first mistake, which also ends what is nested without end
 */
function offsetsOf(text: string): Map<string, number> {
  const offsets = new Map([[idOf([]), /\S/.exec(text)?.index ?? 0]]);
  const closings: string[] = [];
  let wantsName = false;
  const note = (path: JSONPath, offset: number) => {
    if (path.length > MAX_DEPTH) throw new Fault(offset, `Nested deeper than ${MAX_DEPTH} levels.`);
    const id = idOf(path);
    if (!offsets.has(id)) offsets.set(id, offset);
  };
  const open = (closing: string) => {
    return (offset: number, _l: number, _r: number, _c: number, pathOf: () => JSONPath) => {
      note(pathOf(), offset);
      closings.push(closing);
      wantsName = closing === '}';
    };
  };
  const close = () => {
    closings.pop();
    wantsName = false;
  };
  jsonc.visit(
    text,
    {
      onObjectBegin: open('}'),
      onArrayBegin: open(']'),
      onObjectEnd: close,
      onArrayEnd: close,
      onSeparator(mark) {
        wantsName = mark === ',' && closings.at(-1) === '}';
      },
      onLiteralValue: (_value, offset, _l, _r, _c, pathOf) => note(pathOf(), offset),
      onObjectProperty(name, offset, _l, _r, _c, pathOf) {
        const id = idOf([...pathOf(), name]);
        if (offsets.has(id)) throw new Fault(offset, `"${name}" is given twice.`);
        offsets.set(id, offset);
        wantsName = false;
      },
      onError(code, offset, length) {
        const token = text.slice(offset, offset + length);
        const isOver = offset >= text.length;
        const message = isOver
          ? 'The JSON text ends too early.'
          : wordsFor(code, token, { closing: closings.at(-1) ?? '', wantsName });
        throw new Fault(offset, message);
      },
    },
    { disallowComments: true },
  );
  return offsets;
}

/**
 * Parses JSON that people write by hand: a fault has its place, a name given twice is one, and
 * the place of every member can be asked for (that of the nearest known one, if it is absent).
 */
export function parsePositionedJson(text: string): PositionedJson {
  try {
    const offsets = offsetsOf(text);
    const value: unknown = JSON.parse(text);
    return {
      value,
      positionOf(path) {
        for (let length = path.length; length >= 0; length -= 1) {
          const offset = offsets.get(idOf(path.slice(0, length)));
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
