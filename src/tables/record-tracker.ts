import { LineCounter } from './line-counter.js';

const LF = 10;
const CR = 13;

/**
 * Follows a parser through the bytes it was fed, and knows the line of the file for each record:
 * the parser itself counts a CR LF within quotes as two lines. Holds only what has not been passed.
 */
export class RecordTracker {
  #chunks: Buffer[] = [];
  /** Of the first byte that is held, and of the place that was reached, from the first byte fed. */
  #start = 0;
  #offset = 0;
  #lines: LineCounter;

  constructor(firstLine: number) {
    this.#lines = new LineCounter(firstLine);
  }

  /** Of the place that was reached, from 1. */
  get line(): number {
    return this.#lines.line;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    // Nothing else would pass the chunks of a file that is blank from here on.
    this.skipLineBreaks();
  }

  /** To the record that begins at or after a record's end: over the blank lines between. */
  skipLineBreaks(): void {
    for (;;) {
      const byte = this.peek();
      if (byte !== LF && byte !== CR) return;
      this.moveTo(this.#offset + 1);
    }
  }

  /** The byte `ahead` of the place that was reached; undefined where it was not fed yet. */
  peek(ahead = 0): number | undefined {
    let at = this.#offset - this.#start + ahead;
    for (const chunk of this.#chunks) {
      if (at < chunk.length) return chunk[at];
      at -= chunk.length;
    }
    return undefined;
  }

  /** What lies before `offset`, which was fed; does not move. */
  bytesTo(offset: number): Buffer {
    const from = this.#offset - this.#start;
    return Buffer.concat(this.#chunks).subarray(from, offset - this.#start);
  }

  /** Offsets never go back. */
  moveTo(offset: number): void {
    while (this.#offset < offset) {
      const [chunk] = this.#chunks;
      if (!chunk) return;
      const from = this.#offset - this.#start;
      const to = Math.min(chunk.length, offset - this.#start);
      this.#lines.count(chunk, from, to);
      this.#offset = this.#start + to;
      if (to < chunk.length) return;
      this.#start += chunk.length;
      this.#chunks.shift();
    }
  }
}
