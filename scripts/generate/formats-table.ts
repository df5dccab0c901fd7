import { imageFormatNames, imageFormats } from '../../src/formats/image-formats.js';

/** What images come out in, as docs/formats.md shows it. */
export function formatsTable(): string {
  const rows = imageFormatNames.map((name) => {
    const { label, mediaType, extensions, alpha, inPreviews, output } = imageFormats[name];
    const { quality } = output;
    return [
      label,
      `\`${name}\``,
      `\`.${extensions[0]}\``,
      `\`${mediaType}\``,
      alpha ? 'yes' : 'no: laid on white',
      quality ? `1 to 100, default ${quality.default}` : 'none: lossless',
      quality ? `lower quality, down to ${quality.least}` : 'fewer colours',
      inPreviews ? 'everywhere' : 'not everywhere',
    ].join(' | ');
  });
  return [
    '| | `format` | extension | media type | transparency | `quality` | `max_bytes` | link previews |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
