export const recordOf = (id: string) => `cp:link:${id}`;
/** Set: ids of the images that count against the link's limit. */
export const imagesOf = (id: string) => `cp:link:${id}:images`;
/** When the link was removed. Kept, because its addresses are still in use. */
export const removedOf = (id: string) => `cp:link:${id}:removed`;
/** Counter: images of one minute. */
export const minuteOf = (id: string, at: Date) =>
  `cp:link:${id}:minute:${Math.floor(at.getTime() / 60_000)}`;
/**
 * Reservations. Sorted set: `<image> <kind> <network> <wide network>` by the time at which they
 * expire.
 */
export const waitingOf = (id: string) => `cp:link:${id}:waiting`;
/** Hash: number of images for each network, within a day. */
export const networksOf = (id: string) => `cp:link:${id}:networks`;
/**
 * Reclaimable images. Sorted set: image by the time from which its place in the limit may be given
 * to another.
 */
export const lentOf = (id: string) => `cp:link:${id}:lent`;
/** Hash: how often a limit was reached, and when. */
export const refusedOf = (id: string) => `cp:link:${id}:refused`;
/** Hash: how many readers came with unfilled merge tags, the last one's field, and when. */
export const unfilledOf = (id: string) => `cp:link:${id}:unfilled`;

/** All keys of a link except its record and the note of its removal. */
export const companionsOf = (id: string) => [
  imagesOf(id),
  waitingOf(id),
  networksOf(id),
  lentOf(id),
  refusedOf(id),
  unfilledOf(id),
];
