/** One file that a field may bring, and what is known of its making. */
export interface FuzzInput {
  /** What it was made from: a kind of picture, or the kind of a bomb. */
  kind: string;
  /** How it was made, in words, for whoever looks at it afterwards. */
  made: string;
  bytes: Buffer;
}
