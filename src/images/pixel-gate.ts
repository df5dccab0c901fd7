interface Waiting {
  pixels: number;
  canWait: boolean;
  enter(): void;
}

/**
 * Lets pictures be drawn at once as far as memory goes, which their pixels decide: a 6144 px square
 * takes as much as fifty social cards. One that is larger than all there is goes in alone. They go in
 * in their order, so that a large one is not passed by for ever; those whose job can wait, last.
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
    /** Does the work of one picture when there is room for its pixels. */
    async within<T>(
      pictureSize: number,
      { canWait }: { canWait: boolean },
      work: () => Promise<T>,
    ): Promise<T> {
      const pixels = Math.min(pictureSize, capacityPixels);
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
