import { expect, it } from '@jest/globals';
import type { FallbackChain } from '../../../src/links/fallback-chain.js';
import type { ImageAnswer } from '../../../src/links/image-answer.js';
import type { Link } from '../../../src/links/link.js';
import { createLinkImages } from '../../../src/links/link-images.js';
import type { Reader } from '../../../src/links/reader.js';
import type { ReaderTurns } from '../../../src/links/reader-turns.js';

const link: Link = {
  ...{ id: 'abcdefghijklmnop', template: 'note', fixed: {}, maxImages: 10, maxPerMinute: 10 },
  ...{ fields: { title: { maxLength: 40 } }, createdAt: '2026-11-21T18:00:00.000Z' },
};
type OwnImage = Exclude<ImageAnswer, { source: 'fallback' }>;
const png = (name: string): OwnImage => ({
  source: 'stored',
  ...{ body: Buffer.from(name), contentType: 'image/png', caching: 'immutable' },
  ...{ etag: name, objectKey: name },
});
const reader: Reader = { kind: 'network', network: '203.0.113.7', wideNetwork: '203.0.113.0/24' };

/** A link whose readers get a turn or not, and what there is of the image that they ask for. */
function linkWith(
  turns: Partial<ReaderTurns>,
  { recent, isStored = false }: { recent?: OwnImage; isStored?: boolean } = {},
) {
  const seen = { prepared: 0, read: 0, admitted: 0, refusals: [] as string[] };
  const fallbackChain: FallbackChain = {
    answer: async () => png('generic'),
    fallback: async () => png('card'),
    async lookUp(_request, _options, mayRead = () => true) {
      seen.prepared += 1;
      if (recent) return { imageId: 'id', answer: recent, missing: undefined };
      const isRead = await mayRead();
      if (isRead) seen.read += 1;
      const answer = isRead && isStored ? png('stored') : undefined;
      return { imageId: 'id', answer, missing: undefined };
    },
  };
  const linkImage = createLinkImages({
    getLink: async () => link,
    records: { wasRemoved: async () => false },
    registry: {
      load: async () => undefined,
      get() {
        throw new Error('no templates are here');
      },
    },
    async admitReader() {
      seen.admitted += 1;
      return { refusal: 'full' };
    },
    isFlooding: () => false,
    turns: { take: async () => true, hasWaiters: () => false, ...turns },
    fallbackChain,
    onRefused: (_id, reason) => seen.refusals.push(reason),
    onFallback: () => undefined,
    quotaOf: () => undefined,
    budgetMs: 2_500,
  });
  const open = async (from: Reader = reader) =>
    String((await linkImage(`${link.id}.png`, 'title=Ada', from))?.body);
  return { seen, open };
}

it('draws nothing new for a reader whose turn did not come, and shows what is stored', async () => {
  const admitted = linkWith({});
  await admitted.open();
  expect(admitted.seen).toMatchObject({ read: 1, admitted: 1 });
  for (const hasWaiters of [() => true, () => false]) {
    const late = linkWith({ take: async () => false, hasWaiters });
    expect(await late.open()).toBe('generic');
    expect(late.seen).toEqual({ prepared: 1, read: 1, admitted: 0, refusals: ['busy'] });
    const stored = linkWith({ take: async () => false, hasWaiters }, { isStored: true });
    expect(await stored.open()).toBe('stored');
    expect(stored.seen.refusals).toEqual([]);
  }
});

it('asks for no turn where the image was served a moment ago', async () => {
  const { seen, open } = linkWith({ take: async () => false }, { recent: png('recent') });
  expect(await open()).toBe('recent');
  expect(seen.refusals).toEqual([]);
});

it('does nothing at all before the turn where others of the network wait', async () => {
  let seenAtTurn = Number.NaN;
  const link = linkWith(
    {
      async take() {
        seenAtTurn = link.seen.prepared;
        return true;
      },
      hasWaiters: () => true,
    },
    { recent: png('recent') },
  );
  expect([await link.open(), seenAtTurn, link.seen.prepared]).toEqual(['recent', 0, 1]);
});

it('takes one turn for a reader who waited behind others', async () => {
  let taken = 0;
  const take = async () => {
    taken += 1;
    return true;
  };
  const { open } = linkWith({ take, hasWaiters: () => true }, { isStored: true });
  expect([await open(), taken]).toEqual(['stored', 1]);
});

it('does nothing more for a reader who disconnected while waiting', async () => {
  for (const isQueued of [true, false]) {
    const leaving = new AbortController();
    const take = async () => {
      leaving.abort();
      return false;
    };
    const { seen, open } = linkWith({ take, hasWaiters: () => isQueued });
    await open({ ...reader, signal: leaving.signal });
    expect(seen).toEqual({ prepared: isQueued ? 0 : 1, read: 0, admitted: 0, refusals: [] });
  }
});
