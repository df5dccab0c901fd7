import { expect, it } from '@jest/globals';
import { base32 } from '../../../src/lib/base32.js';

it.each([
  ['', ''],
  ['f', 'my'],
  ['fo', 'mzxq'],
  ['foo', 'mzxw6'],
  ['foob', 'mzxw6yq'],
  ['fooba', 'mzxw6ytb'],
  ['foobar', 'mzxw6ytboi'],
])('encodes the test vectors of RFC 4648: %j', (text, encoded) => {
  expect(base32(Buffer.from(text))).toBe(encoded);
});
