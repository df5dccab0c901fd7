/** Lengths of head and body, each of 32 bits. */
const PREFIX_BYTES = 8;
/** Enough for options, warnings and error messages; images are sent as bodies. */
const MAX_HEAD_BYTES = 64 * 1024;

export interface Frame {
  /** Parsed JSON; the receiver validates it. */
  head: unknown;
  body: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** The parts of a frame, to be written in order, so that a large body is not copied. */
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
 * Assembles frames from the chunks of a pipe. The returned function takes the next chunk, and
 * throws for an invalid or too large frame: memory is never reserved beyond the limit, whatever
 * size the other side announces.
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
