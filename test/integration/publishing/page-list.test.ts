import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startService, type TestService } from '../../support/service.js';

let service: TestService;

// Without a worker: nothing of a list waits for a picture.
beforeAll(async () => {
  service = await startService({ worker: false });
  const body = { template: 'note', data: { title: 'Hello' }, wait: 0 };
  // In no order; `~` is the last character that a key may have.
  for (const key of ['docs/z', 'blog/b', 'blog~', 'blog', 'blog/a/1', 'blog/~', 'shop']) {
    const { status } = await service.api(`/v1/pages/${key}`, { method: 'PUT', body });
    expect(status).toBe(202);
  }
});
afterAll(() => service?.stop());

const list = async (query = '') => (await service.api(`/v1/pages${query}`)).json;
const keysOf = ({ items }: { items: { key: string }[] }) => items.map(({ key }) => key);

it('lists all pages by key, each as it reads by itself, without pictures and tags', async () => {
  const answer = await list();
  expect(keysOf(answer)).toEqual([
    ...['blog', 'blog/a/1', 'blog/b', 'blog/~', 'blog~', 'docs/z', 'shop'],
  ]);
  expect(answer.next_cursor).toBeNull();
  const { pictures, meta_html, verification, ...summary } = (await service.api('/v1/pages/shop'))
    .json;
  expect(answer.items.at(-1)).toEqual(summary);
});

it('lists those that begin with a text, a page at a time', async () => {
  expect(keysOf(await list('?prefix=blog/'))).toEqual(['blog/a/1', 'blog/b', 'blog/~']);
  expect(keysOf(await list('?prefix=nothing'))).toEqual([]);
  const first = await list('?prefix=blog&limit=2');
  expect(keysOf(first)).toEqual(['blog', 'blog/a/1']);
  const second = await list(`?prefix=blog&limit=2&cursor=${first.next_cursor}`);
  expect(keysOf(second)).toEqual(['blog/b', 'blog/~']);
  const last = await list(`?prefix=blog&limit=2&cursor=${second.next_cursor}`);
  expect([keysOf(last), last.next_cursor]).toEqual([['blog~'], null]);
});

it('leaves out what was removed, and has it again when it is put again', async () => {
  expect((await service.api('/v1/pages/docs/z', { method: 'DELETE' })).status).toBe(204);
  expect(keysOf(await list('?prefix=docs'))).toEqual([]);
  const gone = await service.api('/v1/pages/docs/z');
  expect([gone.status, gone.json.code]).toEqual([404, 'page_not_found']);
  const body = { template: 'note', data: { title: 'Again' }, wait: 0 };
  await service.api('/v1/pages/docs/z', { method: 'PUT', body });
  expect(keysOf(await list('?prefix=docs'))).toEqual(['docs/z']);
});

it('refuses what it cannot read, and whoever has no key', async () => {
  for (const query of ['prefix=a%20b', 'cursor=%00', 'limit=0', 'limit=201', 'prefix=a&prefix=b']) {
    const { status, json } = await service.api(`/v1/pages?${query}`);
    expect([query, status, json.code]).toEqual([query, 422, 'invalid_request']);
  }
  expect((await service.api('/v1/pages', { key: null })).status).toBe(401);
});
