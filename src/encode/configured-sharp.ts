import sharp from 'sharp';

// Pictures pass through once; what libvips would keep of them is memory that the browser needs.
sharp.cache(false);
// Several pictures are worked on at once: threads within one would only compete with the others,
// and with glibc's allocator they fragment memory (sharp's own default there is 1 as well).
sharp.concurrency(1);

export type { Metadata, ResizeOptions, Sharp } from 'sharp';
export { sharp };
