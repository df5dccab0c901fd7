/** What somebody wrote is refused with what was expected; nothing is guessed. */
export class OptionError extends Error {
  constructor(name: string, expected: string) {
    super(`--${name}: expected ${expected}`);
    this.name = 'OptionError';
  }
}

/** Names from a list with commas; all of them where nothing is given. In the order of `known`. */
export function chosen<T extends string>(
  name: string,
  text: string | undefined,
  known: readonly T[],
): T[] {
  if (text === undefined) return [...known];
  const wanted = text.split(',').map((one) => one.trim());
  const stray = wanted.find((one) => !known.some((other) => other === one));
  if (stray !== undefined)
    throw new OptionError(name, `some of ${known.join(', ')}, not "${stray}"`);
  return known.filter((one) => wanted.includes(one));
}

export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new OptionError(name, 'a whole number from 1 on');
  return value;
}

export function seconds(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new OptionError(name, 'seconds, more than 0');
  return value;
}
