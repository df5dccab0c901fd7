// Comes from the service's table of formats; `npm run generate` writes it.
/** The first extension is the one that addresses are given. */
export const imageFormats = {
  png: {
    mediaType: 'image/png',
    extensions: ['png'],
    hasQuality: false,
  },
  jpeg: {
    mediaType: 'image/jpeg',
    extensions: ['jpg', 'jpeg'],
    hasQuality: true,
  },
  webp: {
    mediaType: 'image/webp',
    extensions: ['webp'],
    hasQuality: true,
  },
  avif: {
    mediaType: 'image/avif',
    extensions: ['avif'],
    hasQuality: true,
  },
} as const;

export type ImageFormat = keyof typeof imageFormats;
