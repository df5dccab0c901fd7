/** Bits of a JPEG scan: a byte ff is followed by a zero, the last byte is filled with ones. */
export function createBitWriter() {
  const bytes: number[] = [];
  let held = 0;
  let count = 0;
  function put(value: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit -= 1) {
      held = (held << 1) | ((value >> bit) & 1);
      count += 1;
      if (count < 8) continue;
      bytes.push(held);
      if (held === 0xff) bytes.push(0);
      held = 0;
      count = 0;
    }
  }
  return {
    put,
    end(): Buffer {
      while (count > 0) put(1, 1);
      return Buffer.from(bytes);
    },
  };
}
