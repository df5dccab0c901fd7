import { expect, it } from '@jest/globals';
import { createRedisKeys, redisKeys } from '../../../src/lib/redis-keys.js';
import { redisKeyNames } from '../../support/redis-key-names.js';

const namesOf = (keys: ReturnType<typeof createRedisKeys>) => redisKeyNames(keys, 'x');

it('gives no two things one key', () => {
  const names = namesOf(redisKeys);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !name.startsWith('cp:'))).toEqual([]);
});

it('keeps spaces apart: no key of one begins with what all keys of another begin with', () => {
  const keys = ['', 'acme', 'acme-2', 'img'].map((space) => namesOf(createRedisKeys({ space })));
  expect(new Set(keys.flat()).size).toBe(keys.flat().length);
  for (const [at, root] of ['cp:', 'cp/acme:', 'cp/acme-2:', 'cp/img:'].entries()) {
    const others = keys.filter((_, other) => other !== at).flat();
    expect(others.filter((name) => name.startsWith(root))).toEqual([]);
    expect(keys[at]?.filter((name) => !name.startsWith(root))).toEqual([]);
  }
});

it('puts all keys of a space into one slot of a cluster, and changes no key elsewhere', () => {
  const inCluster = namesOf(createRedisKeys({ isCluster: true }));
  expect(inCluster).toEqual(namesOf(redisKeys).map((name) => name.replace(/^cp/, '{cp}')));
  expect(createRedisKeys({ space: 'acme', isCluster: true }).images.all).toBe('{cp/acme}:imgs:all');
});

it.each(['Acme', 'a:b', 'a}b', '-a', 'ä', 'x'.repeat(41)])('refuses the space "%s"', (space) => {
  expect(() => createRedisKeys({ space })).toThrow('no name of a space');
});
