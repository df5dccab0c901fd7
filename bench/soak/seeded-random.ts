/** Mulberry32: numbers from 0 to 1, the same for a seed in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Draws from a list whose entries come as often as their weight says. */
export function weighted<T extends { weight: number }>(list: T[], random: () => number): T {
  let left = random() * list.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of list) {
    left -= one.weight;
    if (left < 0) return one;
  }
  const [first] = list;
  if (!first) throw new Error('there is nothing to draw from');
  return first;
}
