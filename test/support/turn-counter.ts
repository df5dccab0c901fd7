/** Counts the turns of the event loop, for whoever wants to know when others could have had theirs. */
export function countTurns(): { turns(): number; stop(): void } {
  let turns = 0;
  let next: NodeJS.Immediate;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  next = setImmediate(count);
  return { turns: () => turns, stop: () => clearImmediate(next) };
}
