import { isAscii } from 'node:buffer';
import { open } from 'node:fs/promises';
import { readUtf8, type TextEncoding, type TextFile } from './decode-text.js';
import { foreignFile } from './foreign-file.js';
import { guessCodePage } from './guess-code-page.js';
import { LineCounter } from './line-counter.js';
import { tableError } from './table-error.js';
import { Utf8Damage } from './utf8-damage.js';

export interface DetectedText extends TextFile {
  /** Some bytes are none of the encoding: U+FFFD stands for what is lost. */
  isDamaged: boolean;
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
    utf8.take(chunk);
    lines.count(chunk);
  }
  return utf8.take();
}

/** Enough letters to tell a code page by, few enough to weigh them in no time. */
const SAMPLE_BYTES = 2_000;
const MAX_SAMPLE_LINE = 300;

const isLineBreak = (byte: number | undefined) => byte === 10 || byte === 13;

/** Of a text that is no UTF-8: lines with bytes beyond ASCII, and how much of it would be UTF-8. */
async function readHighBytes(text: TextFile) {
  const damage = new Utf8Damage();
  const lines: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readUtf8({ ...text, encoding: 'utf-8' })) {
    damage.take(chunk);
    let at = 0;
    while (bytes < SAMPLE_BYTES && at < chunk.length) {
      const high = chunk.subarray(at).findIndex((byte) => byte >= 0x80);
      if (high < 0) break;
      let start = at + high;
      while (start > at && !isLineBreak(chunk[start - 1])) start -= 1;
      let end = at + high;
      while (end < chunk.length && !isLineBreak(chunk[end])) end += 1;
      const first = Math.max(start, at + high - MAX_SAMPLE_LINE / 2);
      const line = chunk.subarray(first, Math.min(end, at + high + MAX_SAMPLE_LINE / 2));
      lines.push(line, Buffer.from('\n'));
      bytes += line.length;
      at = end + 1;
    }
  }
  damage.end();
  return { damage, sample: Buffer.concat(lines) };
}

const notUtf8 = (encoding: TextEncoding) =>
  encoding === 'windows-1252'
    ? WINDOWS_1252_NOTE
    : `The file is not UTF-8; its letters are those of ${encoding}, so it was read as that. If they look wrong, state "encoding", or save it as "CSV UTF-8".`;

function damageNote(places: number): string {
  const what = places === 1 ? 'one place that is' : `${places} places that are`;
  return `The file is UTF-8 but for ${what} not; the rows with them fail. Save it as "CSV UTF-8" again.`;
}

/** What bytes are that are not UTF-8 throughout. @throws AppError where that cannot be told */
async function detectLegacy(text: TextFile): Promise<DetectedText> {
  const { damage, sample } = await readHighBytes(text);
  // By chance, hardly any bytes of another encoding are characters of UTF-8.
  if (damage.valid > 0 && damage.valid >= damage.invalid) {
    return { ...text, isDamaged: true, notes: [damageNote(damage.invalid)] };
  }
  if (text.bomBytes > 0) {
    throw tableError(
      damage.invalid === 1 && damage.isCutOff
        ? 'The last character of the file is cut off. Save it again.'
        : 'The file is marked as UTF-8 but is something else. Save it as "CSV UTF-8" again.',
    );
  }
  const { encoding, isCertain } = guessCodePage(sample);
  if (!isCertain) {
    throw tableError(
      `The file is not UTF-8, and which encoding it has instead cannot be told: ${encoding} is likely, but not certain. State "encoding", or save it as "CSV UTF-8".`,
    );
  }
  return { ...text, encoding, isDamaged: true, notes: [notUtf8(encoding)] };
}

/**
 * Tells how a file is encoded: as `stated`, else by its byte order mark, the pattern of its NUL
 * bytes, and whether it is valid UTF-8, but for a few places; else by the letters that it has in each
 * code page. Reads the file once, or twice where it is no UTF-8, in pieces.
 * @throws AppError `invalid_request` (`file`) for an empty file, for what is no text (a workbook, a
 * ZIP, a picture), for NUL bytes, naming the line, and where the encoding cannot be told
 */
export async function detectEncoding(path: string, stated?: TextEncoding): Promise<DetectedText> {
  const { head, bytes } = await readHead(path);
  const start = head.toString('latin1', 0, 4);
  const [mark = '', marked] = BOMS.find(([bom]) => start.startsWith(bom)) ?? [];
  if (bytes === mark.length) {
    throw tableError('The file is empty. Send a CSV with a header line and at least one row.');
  }
  const foreign = foreignFile(head);
  if (foreign) throw tableError(foreign);

  const found = marked ?? (bytes % 2 === 0 ? guessUtf16(head) : undefined);
  const encoding = marked ?? stated ?? found ?? 'utf-8';
  const text: TextFile = { path, encoding, bomBytes: mark.length };
  const isUtf8 = await checkText(text).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw tableError(
      'The file begins as UTF-16 but is damaged further on. Save it as "CSV UTF-8" and send it again.',
      error,
    );
  });
  if (encoding !== 'utf-8') {
    const isOther = stated !== undefined && marked !== undefined && marked !== stated;
    const note = `The file is marked as ${encoding}, so it was read as that and not as ${stated}.`;
    return { ...text, isDamaged: !encoding.startsWith('utf-16'), notes: isOther ? [note] : [] };
  }
  if (isUtf8) return { ...text, isDamaged: false, notes: [] };
  if (stated === undefined) return detectLegacy(text);
  const { damage } = await readHighBytes(text);
  return { ...text, isDamaged: true, notes: [damageNote(damage.invalid)] };
}
