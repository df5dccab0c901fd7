import sharp from 'sharp';

export interface PixelDifference {
  /** The largest of all channels of all pixels, 0..255. */
  max: number;
  /** Share of channel values that differ at all, 0..1. */
  share: number;
}

/** @throws Error where the pictures are not of the same size */
export async function comparePixels(one: Buffer, other: Buffer): Promise<PixelDifference> {
  const [a, b] = await Promise.all(
    [one, other].map((png) => sharp(png).removeAlpha().raw().toBuffer()),
  );
  if (!a || a.length !== b?.length) throw new Error('the pictures differ in size');
  let max = 0;
  let differing = 0;
  for (let i = 0; i < a.length; i += 1) {
    const difference = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (difference === 0) continue;
    differing += 1;
    max = Math.max(max, difference);
  }
  return { max, share: differing / a.length };
}
