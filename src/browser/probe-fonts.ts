import { EMPTY_PROBE, FULL_PROBE, PROBE_EM } from './own-families.js';

/*
 * Two fonts with empty glyphs of an extreme width, by which a page finds out which font draws a text.
 * A character that no font has is drawn as the "missing" glyph of the first font in the list: there
 * `EMPTY_PROBE` is put first. A character that the first font lacks is drawn by the next one: there
 * `FULL_PROBE` is put second. In both cases the measured width of the text shows it, also for a
 * letter with combining marks.
 *
 * The tables follow the OpenType specification (docs.microsoft.com/typography/opentype/spec).
 */

const UNITS_PER_EM = 16;
/** `.notdef`, and the one glyph of all characters. */
const GLYPHS = 2;
/** A private-use character at the end of the last plane, which is in no text. */
const UNUSED = 0x10fffd;

const u16 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => {
    bytes.writeUInt16BE(value & 0xffff, i * 2);
  });
  return bytes;
};
const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value >>> 0, i * 4);
  });
  return bytes;
};

/** Format 13: all characters of a range have one glyph. Windows, full Unicode. */
function cmap(first: number, last: number): Buffer {
  const table = Buffer.concat([u16(13, 0), u32(28, 0, 1, first, last, 1)]);
  return Buffer.concat([u16(0, 1, 3, 10), u32(12), table]);
}

function head(): Buffer {
  const [checksum, magic] = [0, 0x5f0f3cf5];
  return Buffer.concat([
    u32(0x00010000, 0x00010000, checksum, magic),
    u16(0, UNITS_PER_EM),
    Buffer.alloc(16),
    u16(0, 0, UNITS_PER_EM, UNITS_PER_EM, 0, 8, 2, 0, 0),
  ]);
}

function hhea(): Buffer {
  const [ascender, descender] = [UNITS_PER_EM, 0];
  return Buffer.concat([
    u32(0x00010000),
    u16(ascender, descender, 0, PROBE_EM * UNITS_PER_EM),
    u16(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, GLYPHS),
  ]);
}

function maxp(): Buffer {
  return Buffer.concat([u32(0x00010000), u16(GLYPHS, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)]);
}

function os2(): Buffer {
  const [version, width, weight, widthClass] = [4, UNITS_PER_EM, 400, 5];
  return Buffer.concat([
    u16(version, width, weight, widthClass, 0),
    Buffer.alloc(20 + 2 + 10 + 16),
    Buffer.from('NONE'),
    u16(0x40, 0x20, 0xffff, UNITS_PER_EM, 0, 0, UNITS_PER_EM, 0),
    u32(0, 0),
    u16(0, 0, 0, 0x20, 0),
  ]);
}

function name(family: string): Buffer {
  const text = Buffer.from(family, 'utf16le').swap16();
  const records = [1, 2, 4, 6].map((id) => u16(3, 1, 0x409, id, text.length, 0));
  return Buffer.concat([u16(0, records.length, 6 + records.length * 12), ...records, text]);
}

/** Classes both glyphs as base glyphs: the "missing" glyph of a mark would else have no width. */
function gdef(): Buffer {
  const classes = u16(1, 0, GLYPHS, 1, 1);
  return Buffer.concat([u16(1, 0, 12, 0, 0, 0), classes]);
}

/** A font in which all characters from `first` to `last` have the same glyph. */
function buildFont(family: string, first: number, last: number): Buffer {
  const tables: Record<string, Buffer> = {
    GDEF: gdef(),
    'OS/2': os2(),
    cmap: cmap(first, last),
    glyf: Buffer.alloc(4),
    head: head(),
    hhea: hhea(),
    hmtx: u16(PROBE_EM * UNITS_PER_EM, 0, PROBE_EM * UNITS_PER_EM, 0),
    loca: u16(0, 0, 0),
    maxp: maxp(),
    name: name(family),
    post: u32(0x00030000, 0, 0, 0, 0, 0, 0, 0),
  };
  const entries = Object.entries(tables);
  const directory = [u32(0x00010000), u16(entries.length, 128, 3, entries.length * 16 - 128)];
  const bodies: Buffer[] = [];
  let offset = 12 + entries.length * 16;
  for (const [tag, body] of entries) {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    let sum = 0;
    for (let i = 0; i < padded.length; i += 4) sum = (sum + padded.readUInt32BE(i)) >>> 0;
    directory.push(Buffer.from(tag), u32(sum, offset, body.length));
    bodies.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([...directory, ...bodies]);
}

const fonts = {
  [EMPTY_PROBE]: buildFont(EMPTY_PROBE, UNUSED, UNUSED),
  [FULL_PROBE]: buildFont(FULL_PROBE, 0x20, 0x10ffff),
};

/** `@font-face` rules of both; nothing is loaded before a page asks for it. */
export const probeFontsCss = Object.entries(fonts)
  .map(
    ([family, bytes]) =>
      `@font-face{font-family:"${family}";src:url(data:font/ttf;base64,${bytes.toString('base64')})}`,
  )
  .join('\n');
