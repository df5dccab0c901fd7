import type { Dice } from '../dice.js';
import { edge, put } from './mutate-bytes.js';
import type { Format, Part } from './parts.js';

type Change = (parts: Part[], dice: Dice, format: Format, others: Part[]) => Part[];

const MANY = [2, 20, 400];

function withPart(parts: Part[], index: number, data: Buffer): Part[] {
  return parts.map((part, i) => (i === index ? { ...part, data } : part));
}

const changes: Record<string, Change> = {
  'a number of a header at its edge'(parts, dice, format) {
    const fitting = parts.flatMap((part, i) =>
      format.headers.includes(part.name) && part.data.length > 0 ? [i] : [],
    );
    if (fitting.length === 0) return parts;
    const index = dice.pick(fitting);
    const data = Buffer.from(parts[index]?.data ?? []);
    const at = dice.below(Math.min(data.length, 32));
    put(data, at, edge(dice), dice.pick([1, 2, 4] as const), format.isLittle);
    return withPart(parts, index, data);
  },
  'a part many times'(parts, dice) {
    const at = dice.below(parts.length);
    const part = parts[at];
    if (!part) return parts;
    return [
      ...parts.slice(0, at),
      ...Array<Part>(dice.pick(MANY)).fill(part),
      ...parts.slice(at + 1),
    ];
  },
  'a part left out'(parts, dice) {
    const at = dice.below(parts.length);
    return parts.filter((_, i) => i !== at);
  },
  'two parts in each other’s place'(parts, dice) {
    const [a, b] = [dice.below(parts.length), dice.below(parts.length)];
    return parts.map((part, i) =>
      i === a ? (parts[b] ?? part) : i === b ? (parts[a] ?? part) : part,
    );
  },
  'a part of another file'(parts, dice, _format, others) {
    if (others.length === 0) return parts;
    const at = dice.below(parts.length + 1);
    return [...parts.slice(0, at), dice.pick(others), ...parts.slice(at)];
  },
  'a part cut short'(parts, dice) {
    const at = dice.below(parts.length);
    const data = parts[at]?.data ?? Buffer.alloc(0);
    return withPart(parts, at, data.subarray(0, dice.below(data.length + 1)));
  },
  'noise in a part'(parts, dice) {
    const at = dice.below(parts.length);
    const data = Buffer.from(parts[at]?.data ?? []);
    if (data.length > 0) dice.bytes(dice.between(1, 24)).copy(data, dice.below(data.length));
    return withPart(parts, at, data);
  },
};

/** One to three changes to the parts of a file; lengths and check sums fit again afterwards. */
export function mutateParts(
  bytes: Buffer,
  dice: Dice,
  format: Format,
  other: Buffer,
): { bytes: Buffer; made: string } {
  const told: string[] = [];
  const others = format.split(other);
  let parts = format.split(bytes);
  for (let left = dice.between(1, 3); left > 0 && parts.length > 0; left -= 1) {
    const name = dice.pick(Object.keys(changes));
    parts = changes[name]?.(parts, dice, format, others) ?? parts;
    told.push(name);
  }
  return { bytes: format.join(parts), made: told.join(', ') };
}
