import { imageFormatNames, imageFormats } from '../../src/formats/image-formats.js';

const list = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`;

/** What programs that know the service's addresses must know of formats, as their own source. */
export function writeClientFormats(): string {
  const rows = imageFormatNames.map((name) => {
    const { mediaType, extensions, output } = imageFormats[name];
    return [
      `  ${name}: {`,
      `    mediaType: '${mediaType}',`,
      `    extensions: ${list(extensions)},`,
      `    hasQuality: ${output.quality !== null},`,
      '  },',
    ].join('\n');
  });
  return [
    "// Comes from the service's table of formats; `npm run generate` writes it.",
    '/** The first extension is the one that addresses are given. */',
    'export const imageFormats = {',
    ...rows,
    '} as const;',
    '',
    'export type ImageFormat = keyof typeof imageFormats;',
    '',
  ].join('\n');
}
