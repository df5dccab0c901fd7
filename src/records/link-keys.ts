export const recordOf = (id: string) => `cp:link:${id}`;
/** Set: ids of the pictures that came of the link. */
export const imagesOf = (id: string) => `cp:link:${id}:images`;
/** When it was removed; stays, because its address has gone out. */
export const removedOf = (id: string) => `cp:link:${id}:removed`;
/** Pictures of one minute. */
export const minuteOf = (id: string, at: Date) =>
  `cp:link:${id}:minute:${Math.floor(at.getTime() / 60_000)}`;
/** Sorted set: `<image> <kind> <network> <wide network>` by the time at which nobody waits any more. */
export const waitingOf = (id: string) => `cp:link:${id}:waiting`;
/** Hash: how many pictures came of a network, within a day. */
export const networksOf = (id: string) => `cp:link:${id}:networks`;
/** Sorted set: pictures whose place may be given to another, by the time from which on. */
export const lentOf = (id: string) => `cp:link:${id}:lent`;
/** Hash: how often a limit was reached, and when. */
export const refusedOf = (id: string) => `cp:link:${id}:refused`;

/** All but the record and that it was removed. */
export const companionsOf = (id: string) => [
  imagesOf(id),
  waitingOf(id),
  networksOf(id),
  lentOf(id),
  refusedOf(id),
];
