/** An image as it is sent. */
export interface ServedImage {
  body: Buffer;
  contentType: string;
  /** Strong validator without quotes. */
  etag: string;
  /**
   * Set if a placeholder replaces an asset that could not be fetched: the time of the drawing, in
   * Unix milliseconds.
   */
  incompleteSinceMs?: number;
}

/** An image with a missing asset must not be cached for ever. */
export const cachingOf = (
  { incompleteSinceMs }: Pick<ServedImage, 'incompleteSinceMs'>,
  caching: 'immutable' | 'page',
) => (incompleteSinceMs === undefined ? caching : 'page');

/** The answer of an address of the fallback chain; always an image. */
export type ImageAnswer =
  | (ServedImage & {
      source: 'stored' | 'rendered';
      /** `immutable`: the address always shows this image; `page`: it may show another one soon. */
      caching: 'immutable' | 'page';
      /** Object key, if known. */
      objectKey?: string;
      /** For addresses that expire: no cache keeps the image longer. */
      maxAgeSeconds?: number;
    })
  | { source: 'fallback'; body: Buffer; contentType: string; maxAgeSeconds?: number };
