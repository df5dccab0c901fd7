import fc from 'fast-check';
import { anyJson } from './fuzz-values.js';

/** A change to a JSON value: at the `pick`th place of it, counted round. */
interface Mutation {
  pick: number;
  kind: 'replace' | 'remove' | 'add' | 'wrap';
  name: string;
  value: unknown;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  pick: fc.nat(50),
  kind: fc.constantFrom(
    'replace' as const,
    'replace' as const,
    'remove' as const,
    'add' as const,
    'wrap' as const,
  ),
  name: fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'extra',
    '',
    'ünï',
    '$ref',
    'wait',
  ),
  value: anyJson,
});

type Holder = Record<string, unknown>;

/** Every place in a value that can be changed. */
function placesOf(root: Holder): { holder: Holder; key: string }[] {
  const places: { holder: Holder; key: string }[] = [];
  const waiting: Holder[] = [root];
  for (let at = waiting.pop(); at && places.length < 200; at = waiting.pop()) {
    for (const [key, value] of Object.entries(at)) {
      places.push({ holder: at, key });
      if (value !== null && typeof value === 'object') waiting.push(value as Holder);
    }
  }
  return places;
}

/** As an own member also where the name is that of the prototype. */
function setOwn(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function mutated(value: unknown, changes: Mutation[]): unknown {
  const root: Holder = { body: structuredClone(value) };
  for (const { pick, kind, name, value: given } of changes) {
    // A copy: one value may be put into several places, and then into itself.
    const other = structuredClone(given);
    const places = placesOf(root);
    const place = places[pick % Math.max(1, places.length)];
    if (!place) continue;
    const { holder, key } = place;
    const target = holder[key];
    if (kind === 'remove') delete holder[key];
    else if (kind === 'wrap') setOwn(holder, key, [target]);
    else if (kind === 'add' && target !== null && typeof target === 'object') {
      setOwn(target as Holder, name, other);
    } else setOwn(holder, key, other);
  }
  return root.body;
}

/** Bodies that are no JSON, or that only a parser's corners take. */
const brokenJson: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '[1,2',
    'null',
    '5',
    '"text"',
    'NaN',
    '1e9999',
    '\ufeff{}',
    '{"a":"\\ud800"}',
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"template":"note","template":"note","data":{}}',
    '['.repeat(20_000),
    '{"a":'.repeat(20_000),
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `{"data":${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}}`,
  ),
  fc.constantFrom(
    Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
    Buffer.from([0x7b, 0xc3, 0x28, 0x7d]),
    Buffer.alloc(64),
  ),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

/** The same body, changed in up to three places; or one that is not JSON at all. */
export function spoiltBody(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string | Buffer> {
  const changed = fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => JSON.stringify(mutated(value, changes)) ?? '');
  return fc.oneof({ weight: 4, arbitrary: changed }, { weight: 1, arbitrary: brokenJson });
}
