import { invalidAsset } from '../../asset-limits.js';

/**
 * Decodes by byte order mark, else by the declared encoding, else as UTF-8. Line ends are
 * normalised as in XML (XML 1.0, 2.11).
 */
export function decodeText(bytes: Buffer): string {
  const [first, second] = bytes;
  const declared = /^<\?xml[^>]*\bencoding=["']([\w.-]{1,40})["']/.exec(
    bytes.toString('latin1', 0, 200),
  )?.[1];
  const byMark =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : undefined;
  try {
    const text = new TextDecoder(byMark ?? declared ?? 'utf-8', { fatal: true }).decode(bytes);
    return text.replaceAll(/\r\n?/g, '\n');
  } catch (error) {
    throw invalidAsset('The SVG is not valid text. Save it as UTF-8.', error);
  }
}
