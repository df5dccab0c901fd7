/** How far a sequence of UTF-8 is: how many bytes are to come, and what the next may be. */
interface Pending {
  bytes: number;
  from: number;
  to: number;
}

const NONE: Pending = { bytes: 0, from: 0x80, to: 0xbf };

/** What a first byte announces (Unicode, table 3-7); undefined where none may begin with it. */
function announced(byte: number): Pending | undefined {
  if (byte < 0xc2 || byte > 0xf4) return undefined;
  if (byte < 0xe0) return { bytes: 1, from: 0x80, to: 0xbf };
  if (byte < 0xf0) {
    const [from, to] = byte === 0xe0 ? [0xa0, 0xbf] : byte === 0xed ? [0x80, 0x9f] : [0x80, 0xbf];
    return { bytes: 2, from, to };
  }
  const [from, to] = byte === 0xf0 ? [0x90, 0xbf] : byte === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf];
  return { bytes: 3, from, to };
}

/** Counts characters beyond ASCII in bytes that come in pieces, and what is no UTF-8 between them. */
export class Utf8Damage {
  /** Whole characters of several bytes. */
  valid = 0;
  /** Places at which bytes are no UTF-8. */
  invalid = 0;
  /** The last character is not whole. */
  isCutOff = false;
  #pending = NONE;

  take(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#pending.bytes > 0) {
        if (byte >= this.#pending.from && byte <= this.#pending.to) {
          const left = this.#pending.bytes - 1;
          if (left === 0) this.valid += 1;
          this.#pending = left === 0 ? NONE : { bytes: left, from: 0x80, to: 0xbf };
          continue;
        }
        this.invalid += 1;
        this.#pending = NONE;
      }
      if (byte < 0x80) continue;
      const pending = announced(byte);
      if (pending) this.#pending = pending;
      else this.invalid += 1;
    }
  }

  /** After the last piece: a sequence that is cut off is damage, too. */
  end(): void {
    this.isCutOff = this.#pending.bytes > 0;
    if (this.isCutOff) this.invalid += 1;
    this.#pending = NONE;
  }
}
