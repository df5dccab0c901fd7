import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeCorpus, type Seed } from '../../../bench/fuzz/corpus.js';
import { makeInput } from '../../../bench/fuzz/make-input.js';
import { formats } from '../../../bench/fuzz/mutations/formats.js';

let corpus: Seed[];
beforeAll(async () => {
  corpus = await makeCorpus();
});

describe('inputs', () => {
  it('are the same for a seed and a place, whatever was made before', () => {
    const [first, second] = [makeInput(corpus, 7, 30), makeInput(corpus, 7, 31)];
    expect(makeInput(corpus, 7, 31)).toEqual(second);
    expect(makeInput(corpus, 7, 30)).toEqual(first);
    expect(makeInput(corpus, 8, 30).bytes.equals(first.bytes)).toBe(false);
  });

  it('are of every kind, changed and bombs', () => {
    const kinds = new Set(
      Array.from({ length: 150 }, (_, place) => makeInput(corpus, 3, place).kind),
    );
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'png',
        'jpeg',
        'webp',
        'gif',
        'avif',
        'tiff',
        'svg',
        'bomb: scans',
        'bomb: frames',
        'bomb: inside a drawing',
      ]),
    );
  });

  it('are taken apart and put together again without a change', () => {
    for (const { kind, name, bytes } of corpus) {
      if (kind === 'svg' || kind === 'tiff') continue;
      const parts = formats[kind].split(bytes);
      expect([name, parts.length]).not.toEqual([name, 0]);
      expect([name, formats[kind].join(parts).equals(bytes)]).toEqual([name, true]);
    }
  });
});
