/** What there is to say of images that come out in a format. */
interface OutputFacts {
  /** `default` where nothing is asked for; `least` is as low as a byte budget goes. Null: lossless. */
  quality: { default: number; least: number } | null;
  /** Chromium writes it well enough for its file to be taken as it is. */
  captured: boolean;
}

export interface FormatFacts {
  /** As people write it. */
  label: string;
  mediaType: `image/${string}`;
  /** Of files and addresses, without the dot; the first is the one that is given out. */
  extensions: readonly [string, ...string[]];
  /** Holds pixels that are seen through. */
  alpha: boolean;
  /** Files may hold several frames. Of an asset the first is shown; an image has one. */
  animation: boolean;
  /** Browsers show it: it may come in a `data:` address and lie among a template's files. */
  inBrowsers: boolean;
  /** All crawlers show it in their link previews. */
  inPreviews: boolean;
  /** Absent: assets alone come in it. */
  output?: OutputFacts;
}

/*
 * Every format of pictures, with what all parts must agree on. What comes in is an asset, in any of
 * them; what goes out is an image, in one that has `output`. Types, schemas, addresses, file names
 * and texts follow from here. How a format is written stands in encode/format-encoders.ts, how it is
 * recognised and read in encode/sniff-asset.ts and encode/foreign/; the compiler asks for each.
 */
const table = {
  png: {
    label: 'PNG',
    mediaType: 'image/png',
    extensions: ['png'],
    alpha: true,
    animation: true,
    inBrowsers: true,
    inPreviews: true,
    // What Chromium writes is a third larger, or takes ten times as long.
    output: { quality: null, captured: false },
  },
  jpeg: {
    label: 'JPEG',
    mediaType: 'image/jpeg',
    extensions: ['jpg', 'jpeg'],
    alpha: false,
    animation: false,
    inBrowsers: true,
    inPreviews: true,
    // At 85 artefacts around text are no longer visible at arm's length; under 30 blocks around
    // text are seen at once.
    output: { quality: { default: 85, least: 30 }, captured: true },
  },
  webp: {
    label: 'WebP',
    mediaType: 'image/webp',
    extensions: ['webp'],
    alpha: true,
    animation: true,
    inBrowsers: true,
    inPreviews: false,
    // Looks as JPEG does at 85.
    output: { quality: { default: 82, least: 30 }, captured: false },
  },
  gif: {
    label: 'GIF',
    mediaType: 'image/gif',
    extensions: ['gif'],
    alpha: true,
    animation: true,
    inBrowsers: true,
    inPreviews: true,
  },
  avif: {
    label: 'AVIF',
    mediaType: 'image/avif',
    extensions: ['avif'],
    alpha: true,
    animation: true,
    inBrowsers: true,
    inPreviews: false,
    // As near to the pixels as WebP at 82, in a quarter less bytes; Chromium does not write it.
    output: { quality: { default: 60, least: 30 }, captured: false },
  },
  tiff: {
    label: 'TIFF',
    mediaType: 'image/tiff',
    extensions: ['tif', 'tiff'],
    alpha: true,
    animation: false,
    inBrowsers: false,
    inPreviews: false,
  },
  svg: {
    label: 'SVG',
    mediaType: 'image/svg+xml',
    extensions: ['svg'],
    alpha: true,
    animation: true,
    inBrowsers: true,
    inPreviews: false,
  },
} as const satisfies Record<string, FormatFacts>;

type Table = typeof table;

/** What an asset may come in. */
export type AssetFormat = keyof Table;

/** What an image may go out in. */
export type ImageFormat = {
  [F in AssetFormat]: Table[F] extends { output: OutputFacts } ? F : never;
}[AssetFormat];

/** What Chromium's own file may be taken of. */
export type CapturedFormat = {
  [F in ImageFormat]: Table[F]['output']['captured'] extends true ? F : never;
}[ImageFormat];

export type MediaTypeOf<F extends AssetFormat> = Table[F]['mediaType'];

export const assetFormats: Readonly<{
  [F in AssetFormat]: FormatFacts & { mediaType: MediaTypeOf<F> };
}> = table;

type ImageFacts = FormatFacts & Required<Pick<FormatFacts, 'output'>>;

export const imageFormats = Object.fromEntries(
  Object.entries<FormatFacts>(assetFormats).filter(([, { output }]) => output !== undefined),
) as Readonly<Record<ImageFormat, ImageFacts>>;

export const assetFormatNames = Object.keys(table) as AssetFormat[];

export const imageFormatNames = Object.keys(imageFormats) as ImageFormat[];

/** What an image goes out in where nothing is asked for. */
export const DEFAULT_FORMAT = 'png' satisfies ImageFormat;

export const hasQuality = (format: ImageFormat) => imageFormats[format].output.quality !== null;

/** Whether Chromium's own file of a format is taken. */
export function isCaptured(format: ImageFormat): format is CapturedFormat {
  return imageFormats[format].output.captured;
}

/** The one that files and addresses of images are given: `jpg`, not `jpeg`. */
export const extensionOf = (format: ImageFormat) => imageFormats[format].extensions[0];

/** For patterns and texts: `png|jpg|webp`. */
export const imageExtensions = imageFormatNames.map(extensionOf).join('|');

/** Also of extensions that are not given out, such as `jpeg`. Undefined for what no image has. */
export function formatOfExtension(extension: string): ImageFormat | undefined {
  return imageFormatNames.find((name) => imageFormats[name].extensions.includes(extension));
}
