/** A picture as it goes out. */
export interface ServedImage {
  body: Buffer;
  contentType: string;
  /** Strong validator without quotes. */
  etag: string;
  /**
   * Set where something stands in for a picture from outside that could not be had: when it was
   * drawn, in Unix milliseconds.
   */
  incompleteSinceMs?: number;
}

/** No address shows for ever what was drawn without one of its pictures. */
export const cachingOf = (
  { incompleteSinceMs }: Pick<ServedImage, 'incompleteSinceMs'>,
  caching: 'immutable' | 'page',
) => (incompleteSinceMs === undefined ? caching : 'page');

/** What an address that never breaks answers with; always a picture. */
export type ImageAnswer =
  | (ServedImage & {
      source: 'stored' | 'rendered';
      /** `immutable`: the address always shows this picture; `page`: it may show another soon. */
      caching: 'immutable' | 'page';
      /** Where it is stored, if that is known. */
      objectKey?: string;
      /** For addresses that end: no cache keeps the picture longer. */
      maxAgeSeconds?: number;
    })
  | { source: 'fallback'; body: Buffer; contentType: string; maxAgeSeconds?: number };
