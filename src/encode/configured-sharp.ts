import sharp from 'sharp';

// No cache: each image passes once, and the browser needs the memory.
sharp.cache(false);
// Several images are processed at once: threads within one would only compete with the others, and
// with glibc's allocator they fragment memory (sharp's own default there is 1 as well).
sharp.concurrency(1);

export type { Metadata, ResizeOptions, Sharp } from 'sharp';
export { sharp };
