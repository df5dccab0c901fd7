/** A picture as it goes out. */
export interface ServedPicture {
  body: Buffer;
  contentType: string;
  /** Strong validator without quotes. */
  etag: string;
}

/** What an address that never breaks answers with; always a picture. */
export type PictureAnswer =
  | (ServedPicture & {
      source: 'stored' | 'rendered';
      /** `immutable`: the address always shows this picture; `page`: it may show another soon. */
      caching: 'immutable' | 'page';
      /** For addresses that end: no cache keeps the picture longer. */
      maxAgeSeconds?: number;
    })
  | { source: 'fallback'; body: Buffer; contentType: string; maxAgeSeconds?: number };
