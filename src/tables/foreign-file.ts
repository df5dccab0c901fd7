const SAVE_AS_CSV = 'Save the sheet as "CSV UTF-8 (comma delimited)" and send that file.';

const PICTURE = 'This is a picture. Send a CSV with the address of a picture in each row.';
const ZIP = `This is an Excel workbook (XLSX) or another ZIP, whatever its name says. ${SAVE_AS_CSV}`;

/** First bytes, as Latin-1 → what such a file is, and what to do. */
const MAGIC: [string, string][] = [
  ['PK\x03\x04', ZIP],
  ['PK\x05\x06', ZIP],
  ['\xd0\xcf\x11\xe0', `This is an old Excel workbook (XLS). ${SAVE_AS_CSV}`],
  ['\x1f\x8b', 'This is compressed with gzip. Unpack it and send the CSV itself.'],
  ['%PDF-', `This is a PDF. ${SAVE_AS_CSV}`],
  ['{\\rtf', `This is a text document (RTF). ${SAVE_AS_CSV}`],
  ['\x89PNG', PICTURE],
  ['\xff\xd8\xff', PICTURE],
  ['GIF8', PICTURE],
];

/** The same for texts, which may have a byte order mark and blank lines before. */
const TEXTS: [RegExp, string][] = [
  [
    /^<(?:!doctype|html|table|head|meta|\?xml|workbook)/i,
    `This is HTML or XML, as some programs export under the name of a spreadsheet. ${SAVE_AS_CSV}`,
  ],
  [
    /^(?:\[\s*\{|\{\s*")/,
    'This is JSON. Send it as a JSON body with "items", or save the rows as CSV.',
  ],
];

/** What is wrong with a file that is no CSV, told by its first bytes; undefined where it may be one. */
export function foreignFile(head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 256);
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  const found =
    MAGIC.find(([magic]) => start.startsWith(magic)) ?? TEXTS.find(([like]) => like.test(text));
  return found?.[1];
}
