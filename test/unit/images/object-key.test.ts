import { expect, it } from '@jest/globals';
import type { ImageFormat } from '../../../src/images/image.js';
import { createObjectKeys, idOfKey, objectKeys } from '../../../src/images/object-key.js';
import { isObjectKey } from '../../../src/storage/object-key.js';

const ID = 'abcdefghijklmnopqrstuvwxyz234567';

it('names images and tombstones as it always has', () => {
  const image = (format: ImageFormat) => objectKeys.image('event', ID, format);
  expect([image('jpeg'), image('png'), image('webp'), image('avif')]).toEqual([
    ...[`event/ab/${ID}.jpg`, `event/ab/${ID}.png`],
    ...[`event/ab/${ID}.webp`, `event/ab/${ID}.avif`],
  ]);
  expect(objectKeys.tombstone(ID)).toBe(`cardpress-deleted/ab/${ID}.tombstone`);
  expect(objectKeys.tombstone(ID).startsWith(objectKeys.tombstones)).toBe(true);
});

it('keeps spaces apart, with keys that every store takes', () => {
  const acme = createObjectKeys({ space: 'acme' });
  for (const key of [acme.image('event', ID, 'png'), acme.tombstone(ID)]) {
    expect(key.startsWith('cardpress-space-acme/')).toBe(true);
    expect(isObjectKey(key)).toBe(true);
  }
  expect(idOfKey(acme.image('event', ID, 'webp'))).toBe(ID);
});
