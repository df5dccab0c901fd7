/** The largest that a field of 16 or 32 bits holds; the value itself says "look into ZIP64". */
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
/** 3: Unix; 63: version 6.3 of the specification. As the entries have it. */
const MADE_BY = (3 << 8) | 63;
const NEEDED_FOR_ZIP64 = 45;
/** Records are collected in pieces of about this size. */
const PIECE_BYTES = 64 * 1024;

interface Place {
  entries: number;
  /** Of the directory, in bytes. */
  size: number;
  /** Where the directory begins in the archive. */
  offset: number;
}

/** End of central directory, in its ZIP64 form, with the locator behind it. */
function zip64End({ entries, size, offset }: Place): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  // Of what follows these first twelve bytes.
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(MADE_BY, 12);
  end.writeUInt16LE(NEEDED_FOR_ZIP64, 14);
  end.writeBigUInt64LE(BigInt(entries), 24);
  end.writeBigUInt64LE(BigInt(entries), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + size), 64);
  end.writeUInt32LE(1, 72);
  return end;
}

/** What stands behind the directory: where it is and how many entries it has. */
function endOfDirectory(place: Place): Buffer {
  const { entries, size, offset } = place;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, MAX_16), 8);
  end.writeUInt16LE(Math.min(entries, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  const isLarge = entries >= MAX_16 || size >= MAX_32 || offset >= MAX_32;
  return isLarge ? Buffer.concat([zip64End(place), end]) : end;
}

/**
 * The directory at the end of a ZIP, collected while its entries are written. Made at the end, that
 * of 100,000 entries would hold the event loop for 300 ms.
 */
export function createZipDirectory() {
  const pieces: Buffer[] = [];
  let last: Buffer[] = [];
  let lastBytes = 0;
  let entries = 0;
  let size = 0;

  function endPiece(): void {
    if (lastBytes > 0) pieces.push(Buffer.concat(last));
    last = [];
    lastBytes = 0;
  }

  return {
    /** `record`: of the central directory, for an entry that was written. */
    add(record: Buffer): void {
      entries += 1;
      size += record.length;
      last.push(record);
      lastBytes += record.length;
      if (lastBytes >= PIECE_BYTES) endPiece();
    },

    /** The whole with its end, in pieces. `offset`: of the byte behind the last entry. */
    *bytes(offset: number): Generator<Buffer> {
      endPiece();
      yield* pieces;
      yield endOfDirectory({ entries, size, offset });
    },
  };
}

export type ZipDirectory = ReturnType<typeof createZipDirectory>;
