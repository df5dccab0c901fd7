import iconv from 'iconv-lite';
import { invalidField } from '../errors/invalid-field.js';
import { didYouMean } from '../lib/nearest-name.js';
import type { TextEncoding } from './decode-text.js';

/** Spellings → the label of the WHATWG Encoding Standard, where iconv has another meaning or none. */
const ALIASES: Record<string, TextEncoding> = {
  utf8: 'utf-8',
  utf16: 'utf-16le',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  unicode: 'utf-16le',
  ansi: 'windows-1252',
  latin1: 'windows-1252',
  iso88591: 'windows-1252',
  cp1252: 'windows-1252',
  windows1252: 'windows-1252',
  mac: 'macintosh',
  macroman: 'macintosh',
  xmacroman: 'macintosh',
  xmaccyrillic: 'maccyrillic',
  sjis: 'shift_jis',
  shiftjis: 'shift_jis',
  xsjis: 'shift_jis',
  cp932: 'shift_jis',
  windows31j: 'shift_jis',
  gbk: 'gb18030',
  gb2312: 'gb18030',
  cp936: 'gb18030',
  cp949: 'euc-kr',
  tis620: 'windows-874',
  iso885911: 'windows-874',
};

/** For hints: what people most likely mean. */
const USUAL = [
  ...['utf-8', 'utf-16le', 'utf-16be', 'windows-1250', 'windows-1251', 'windows-1252'],
  ...['windows-1253', 'windows-1254', 'windows-1255', 'windows-1256', 'windows-1257'],
  ...['windows-1258', 'windows-874', 'iso-8859-2', 'iso-8859-15', 'koi8-r', 'cp437', 'cp850'],
  ...['cp852', 'cp866', 'macintosh', 'shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr'],
];

const MAX_NAME = 40;

/** What iconv takes for an encoding although it is a spelling of bytes. */
const NO_ENCODINGS = new Set(['base64', 'hex', 'binary', 'ucs2', 'utf7', 'utf7imap', 'cesu8']);

/**
 * The encoding of a name, however it is spelled.
 * @throws AppError `invalid_request` (`encoding`) for one that is not known, with the nearest
 */
export function knownEncoding(name: string): TextEncoding {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const alias = Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : undefined;
  if (alias) return alias;
  const usual = USUAL.find((one) => one.replaceAll(/[^a-z0-9]/g, '') === plain);
  if (usual) return usual;
  if (name.length <= MAX_NAME && !NO_ENCODINGS.has(plain) && iconv.encodingExists(name)) {
    return name.toLowerCase();
  }
  const shown = name.slice(0, MAX_NAME);
  throw invalidField(
    'encoding',
    `"${shown}" is not known.${didYouMean(shown.toLowerCase(), USUAL)} Known are ${USUAL.join(', ')}, and others by the names of the WHATWG Encoding Standard`,
  );
}
