/** A file as the parts that its format has: chunks, segments, blocks, boxes, entries. */
export interface Part {
  /** What stands for it in the file: `IDAT`, `ffda`, `ispe`. */
  name: string;
  data: Buffer;
}

/** How one format is taken apart and put together again, with lengths and check sums that fit. */
export interface Format {
  /** Empty where the bytes are not of this format. */
  split(bytes: Buffer): Part[];
  join(parts: Part[]): Buffer;
  /** Parts whose numbers decide over sizes, counts and depths. */
  headers: string[];
  isLittle: boolean;
}
