interface Waiting {
  pixels: number;
  canWait: boolean;
  enter(): void;
}

/**
 * Bounds the pixels that are drawn at once, which decide the memory: a 6144 px square takes as much
 * as fifty social cards. An image larger than the whole capacity runs alone. First in, first out,
 * so that large images are not starved; jobs that can wait come last.
 */
export function createPixelGate(capacityPixels: number) {
  let free = capacityPixels;
  const waiting: Waiting[] = [];

  function admit(): void {
    for (let next = waiting[0]; next && next.pixels <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.pixels;
      next.enter();
    }
  }

  function enter(pixels: number, canWait: boolean): Promise<void> {
    return new Promise((resolve) => {
      const place = canWait ? -1 : waiting.findIndex((one) => one.canWait);
      const at = place === -1 ? waiting.length : place;
      waiting.splice(at, 0, { pixels, canWait, enter: resolve });
      admit();
    });
  }

  return {
    /** Runs the work for one image when its pixels fit. */
    async within<T>(
      imagePixels: number,
      { canWait }: { canWait: boolean },
      work: () => Promise<T>,
    ): Promise<T> {
      const pixels = Math.min(imagePixels, capacityPixels);
      await enter(pixels, canWait);
      try {
        return await work();
      } finally {
        free += pixels;
        admit();
      }
    },
  };
}

export type PixelGate = ReturnType<typeof createPixelGate>;
