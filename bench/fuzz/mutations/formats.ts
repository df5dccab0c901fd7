import { PNG_SIGNATURE, pngChunk } from '../png-file.js';
import type { Format, Part } from './parts.js';

const latin1 = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to);

const png: Format = {
  isLittle: false,
  headers: ['IHDR', 'PLTE', 'tRNS', 'iCCP', 'pHYs', 'IDAT'],
  split(bytes) {
    const parts: Part[] = [];
    let at = PNG_SIGNATURE.length;
    while (at + 12 <= bytes.length) {
      const length = bytes.readUInt32BE(at);
      parts.push({
        name: latin1(bytes, at + 4, at + 8),
        data: bytes.subarray(at + 8, at + 8 + length),
      });
      at += 12 + length;
    }
    return parts;
  },
  join: (parts) =>
    Buffer.concat([PNG_SIGNATURE, ...parts.map(({ name, data }) => pngChunk(name, data))]),
};

/** Markers without a length: start, end, restarts. */
const isBare = (marker: number) =>
  marker === 0xd8 || marker === 0xd9 || (marker >= 0xd0 && marker <= 0xd7);

const jpeg: Format = {
  isLittle: false,
  headers: ['ffc0', 'ffc2', 'ffc4', 'ffda', 'ffdb', 'ffdd', 'ffe1', 'ffe2'],
  split(bytes) {
    const parts: Part[] = [];
    let at = 0;
    while (at + 2 <= bytes.length && bytes[at] === 0xff) {
      const marker = bytes[at + 1] ?? 0;
      const length = isBare(marker) || at + 4 > bytes.length ? 0 : bytes.readUInt16BE(at + 2);
      let end = at + 2 + length;
      // What follows a scan's header is its data, as far as the next marker.
      if (marker === 0xda) {
        while (end + 1 < bytes.length) {
          const next = bytes[end + 1] ?? 0;
          if (bytes[end] === 0xff && next !== 0 && !(next >= 0xd0 && next <= 0xd7)) break;
          end += 1;
        }
      }
      const from = isBare(marker) ? at + 2 : at + 4;
      parts.push({ name: `ff${marker.toString(16)}`, data: bytes.subarray(from, end) });
      at = end;
    }
    return parts;
  },
  join: (parts) =>
    Buffer.concat(
      parts.flatMap(({ name, data }) => {
        const marker = Number.parseInt(name.slice(2), 16);
        const head = Buffer.from([0xff, marker]);
        if (isBare(marker)) return [head, data];
        const length = Buffer.alloc(2);
        // Of a scan, the header alone counts: it tells its own number of components.
        const counted = marker === 0xda ? 4 + 2 * (data[0] ?? 0) : data.length;
        length.writeUInt16BE((counted + 2) & 0xffff);
        return [head, length, data];
      }),
    ),
};

const webp: Format = {
  isLittle: true,
  headers: ['VP8X', 'VP8 ', 'VP8L', 'ANIM', 'ANMF', 'ALPH'],
  split(bytes) {
    const parts: Part[] = [];
    let at = 12;
    while (at + 8 <= bytes.length) {
      const length = bytes.readUInt32LE(at + 4);
      parts.push({
        name: latin1(bytes, at, at + 4),
        data: bytes.subarray(at + 8, at + 8 + length),
      });
      at += 8 + length + (length & 1);
    }
    return parts;
  },
  join(parts) {
    const body = Buffer.concat(
      parts.flatMap(({ name, data }) => {
        const head = Buffer.alloc(8);
        head.write(name, 0, 'latin1');
        head.writeUInt32LE(data.length, 4);
        return [head, data, Buffer.alloc(data.length & 1)];
      }),
    );
    const riff = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
    riff.writeUInt32LE(body.length + 4, 4);
    return Buffer.concat([riff, body]);
  },
};

/** Where the sub-blocks from `at` on end, behind their terminator. */
function endOfSubBlocks(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] !== 0) end += 1 + (bytes[end] ?? 0);
  return end + 1;
}

const tableBytes = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

const gif: Format = {
  isLittle: true,
  headers: ['screen', '2c', '21f9'],
  split(bytes) {
    const screenEnd = 13 + tableBytes(bytes[10] ?? 0);
    const parts: Part[] = [{ name: 'screen', data: bytes.subarray(0, screenEnd) }];
    let at = screenEnd;
    while (at < bytes.length && bytes[at] !== 0x3b) {
      const isFrame = bytes[at] === 0x2c;
      const name = isFrame ? '2c' : `21${(bytes[at + 1] ?? 0).toString(16).padStart(2, '0')}`;
      const blocks = isFrame ? at + 11 + tableBytes(bytes[at + 9] ?? 0) : at + 2;
      const end = endOfSubBlocks(bytes, blocks);
      parts.push({ name, data: bytes.subarray(at, end) });
      at = end;
    }
    return parts;
  },
  join: (parts) => Buffer.concat([...parts.map(({ data }) => data), Buffer.from([0x3b])]),
};

/** Boxes that hold boxes, and the bytes before the first of them. */
const CONTAINERS: Record<string, number> = { meta: 4, iprp: 0, ipco: 0 };

/**
 * Flat: a container's own bytes are a part that ends where its first child begins, so its length is
 * the old one. `iloc` counts from the file's start, and so a longer file is a wrong one, too.
 */
const avif: Format = {
  isLittle: false,
  headers: ['ispe', 'pixi', 'iloc', 'infe', 'ipma', 'av1C', 'pitm', 'iref'],
  split(bytes) {
    const parts: Part[] = [];
    let at = 0;
    while (at + 8 <= bytes.length) {
      const name = latin1(bytes, at + 4, at + 8);
      const inside = CONTAINERS[name];
      const length =
        inside === undefined ? bytes.readUInt32BE(at) || bytes.length - at : 8 + inside;
      const end = at + Math.max(8, length);
      parts.push({ name, data: bytes.subarray(at, end) });
      at = end;
    }
    return parts;
  },
  join: (parts) => Buffer.concat(parts.map(({ data }) => data)),
};

export const formats = { png, jpeg, webp, gif, avif };
