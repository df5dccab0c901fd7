const LF = 10;
const CR = 13;

/** Counts the lines of a text that comes in pieces; LF, CR LF and CR each end one. */
export class LineCounter {
  /** Of the byte that comes next, from 1. */
  line: number;
  #afterCr = false;

  constructor(line = 1) {
    this.line = line;
  }

  /** Goes over `bytes` from `start` to before `end`, in an encoding that keeps ASCII as it is. */
  count(bytes: Uint8Array, start = 0, end = bytes.length): void {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at];
      if (byte === CR || (byte === LF && !this.#afterCr)) this.line += 1;
      this.#afterCr = byte === CR;
    }
  }
}
