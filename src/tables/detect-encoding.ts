import { isAscii } from 'node:buffer';
import { open } from 'node:fs/promises';
import { readUtf8, type TextEncoding, type TextFile } from './decode-text.js';
import { foreignFile } from './foreign-file.js';
import { LineCounter } from './line-counter.js';
import { tableError } from './table-error.js';

export interface DetectedText extends TextFile {
  /** What the sender should know about how the file was read; often empty. */
  notes: string[];
}

const HEAD_BYTES = 64 * 1024;
const MIN_NUL_SHARE = 0.05;

const BOMS: [string, TextEncoding][] = [
  ['\xef\xbb\xbf', 'utf-8'],
  ['\xff\xfe', 'utf-16le'],
  ['\xfe\xff', 'utf-16be'],
];

const WINDOWS_1252_NOTE =
  'The file is not UTF-8; it was read as Windows-1252, as Excel writes it by default. If letters look wrong, save it as "CSV UTF-8".';

async function readHead(path: string): Promise<{ head: Buffer; bytes: number }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), bytes: size };
  } finally {
    await handle.close();
  }
}

/**
 * UTF-16 without a mark, by its NUL bytes: the upper halves of ASCII characters. A line break has
 * one, and even in Japanese one character in twenty; NULs of the other side (an ideographic space,
 * some emoji) are fewer.
 */
function guessUtf16(head: Buffer): TextEncoding | undefined {
  const upper = { nuls: 0, breaks: 0 };
  const lower = { nuls: 0, breaks: 0 };
  const pairs = Math.floor(head.length / 2);
  for (let pair = 0; pair < pairs; pair += 1) {
    const [first, second] = [head[2 * pair], head[2 * pair + 1]];
    if (first !== 0 && second !== 0) continue;
    const side = first === 0 ? upper : lower;
    const other = first === 0 ? second : first;
    side.nuls += 1;
    if (other === 10 || other === 13) side.breaks += 1;
  }
  const [most, least] = upper.nuls > lower.nuls ? [upper, lower] : [lower, upper];
  if (most.breaks === 0 || least.breaks > 0 || most.nuls < pairs * MIN_NUL_SHARE) return undefined;
  return most === upper ? 'utf-16be' : 'utf-16le';
}

/** Whether bytes that come in pieces are UTF-8; remembers where they stopped being so. */
class Utf8Check {
  isUtf8 = true;
  #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #isPlain = true;

  /** False from the first piece on that is not. */
  take(bytes?: Buffer): boolean {
    // Until the first other character there is nothing to decode, which is most of most files.
    this.#isPlain &&= bytes === undefined || isAscii(bytes);
    if (!this.isUtf8 || this.#isPlain) return this.isUtf8;
    try {
      this.#decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      this.isUtf8 = false;
    }
    return this.isUtf8;
  }
}

/** Goes over the whole text once: no NUL in it, and is it the UTF-8 that it seems? */
async function checkText(text: TextFile): Promise<boolean> {
  const lines = new LineCounter();
  const utf8 = new Utf8Check();
  for await (const chunk of readUtf8(text)) {
    const nulAt = chunk.indexOf(0);
    if (nulAt !== -1) {
      lines.count(chunk, 0, nulAt);
      throw tableError(
        `Line ${lines.line} has a NUL byte, which no text has: the file is damaged or not a CSV. Open it in the program it comes from and save it as "CSV UTF-8" again.`,
      );
    }
    if (!utf8.take(chunk) && text.bomBytes > 0) {
      throw tableError(
        `The file is marked as UTF-8 but is something else at or shortly after line ${lines.line}. Save it as "CSV UTF-8" again.`,
      );
    }
    lines.count(chunk);
  }
  return utf8.take();
}

/**
 * Tells how a file is encoded, by its byte order mark, the pattern of its NUL bytes, and whether all
 * of it is valid UTF-8; what is neither is Windows-1252. Reads the file once, in pieces.
 * @throws AppError `invalid_request` (`file`) for an empty file, for what is no text (a workbook, a
 * ZIP, a picture), and for NUL bytes, naming the line
 */
export async function detectEncoding(path: string): Promise<DetectedText> {
  const { head, bytes } = await readHead(path);
  const start = head.toString('latin1', 0, 4);
  const [mark = '', marked] = BOMS.find(([bom]) => start.startsWith(bom)) ?? [];
  if (bytes === mark.length) {
    throw tableError('The file is empty. Send a CSV with a header line and at least one row.');
  }
  const foreign = foreignFile(head);
  if (foreign) throw tableError(foreign);

  const encoding = marked ?? (bytes % 2 === 0 ? guessUtf16(head) : undefined) ?? 'utf-8';
  const text: TextFile = { path, encoding, bomBytes: mark.length };
  const isUtf8 = await checkText(text).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw tableError(
      'The file begins as UTF-16 but is damaged further on. Save it as "CSV UTF-8" and send it again.',
      error,
    );
  });
  if (isUtf8) return { ...text, notes: [] };
  if (text.bomBytes > 0)
    throw tableError('The last character of the file is cut off. Save it again.');
  return { ...text, encoding: 'windows-1252', notes: [WINDOWS_1252_NOTE] };
}
