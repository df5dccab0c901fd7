/** Lengths of head and body, each of 32 bits. */
const PREFIX_BYTES = 8;
/** Options, warnings and the words of an error; pictures travel as bodies. */
const MAX_HEAD_BYTES = 64 * 1024;

export interface Frame {
  /** As JSON has it: whoever reads it looks at what it is. */
  head: unknown;
  body: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** The parts of a frame, to be written one after the other: a picture is not copied to join them. */
export function frameParts(head: object, body: Buffer = NOTHING): Buffer[] {
  const text = JSON.stringify(head);
  const headBytes = Buffer.byteLength(text);
  const start = Buffer.allocUnsafe(PREFIX_BYTES + headBytes);
  start.writeUInt32BE(headBytes, 0);
  start.writeUInt32BE(body.length, 4);
  start.write(text, PREFIX_BYTES);
  return body.length === 0 ? [start] : [start, body];
}

/**
 * Puts frames together from what a pipe delivers. The function that it returns takes the next
 * piece, and throws for what is no frame or larger than it may be: nothing is kept room for that
 * the other side only announces.
 */
export function createFrameReader(
  onFrame: (frame: Frame) => void,
  options: { maxBodyBytes: number },
): (piece: Buffer) => void {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixFilled = 0;
  let headBytes = 0;
  let content: Buffer | undefined;
  let filled = 0;

  function readPrefix(): Buffer {
    headBytes = prefix.readUInt32BE(0);
    const bodyBytes = prefix.readUInt32BE(4);
    if (headBytes > MAX_HEAD_BYTES || bodyBytes > options.maxBodyBytes) {
      throw new Error(`a frame of ${headBytes} and ${bodyBytes} bytes`);
    }
    return Buffer.allocUnsafeSlow(headBytes + bodyBytes);
  }

  return (piece) => {
    let at = 0;
    while (at < piece.length) {
      if (content === undefined) {
        const taken = piece.copy(prefix, prefixFilled, at);
        prefixFilled += taken;
        at += taken;
        if (prefixFilled < PREFIX_BYTES) return;
        content = readPrefix();
        filled = 0;
      }
      const taken = piece.copy(content, filled, at);
      filled += taken;
      at += taken;
      if (filled < content.length) return;
      const whole = content;
      content = undefined;
      prefixFilled = 0;
      onFrame({
        head: JSON.parse(whole.toString('utf8', 0, headBytes)),
        body: whole.subarray(headBytes),
      });
    }
  };
}
