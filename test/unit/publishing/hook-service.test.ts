import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { createHookService } from '../../../src/publishing/hook-service.js';
import type { SourcePages } from '../../../src/publishing/source-ports.js';
import { exampleSource, SECRET } from './source-example.js';

const source = exampleSource('generic', { signature: { scheme: 'token', header: 'x-token' } });
const request = { path: '/v1/hooks/blog', headers: { 'x-token': SECRET } };
const body = () => Promise.resolve(Buffer.from('{"slug":"hello","title":"Hello"}'));

/** A hook whose page takes as long, and ends, as the test has it. */
function slowPage() {
  const late: unknown[] = [];
  let fail: (error: unknown) => void = () => undefined;
  const put: SourcePages['put'] = () =>
    new Promise((_resolve, reject) => {
      fail = reject;
    });
  const hooks = createHookService({
    sources: { get: () => Promise.resolve(source) },
    records: { entry: () => Promise.resolve(undefined), note: () => Promise.resolve(true) },
    pages: { put, remove: () => Promise.resolve() },
    onLate: (error, name) => late.push([error, name]),
    answerWithinMs: 20,
  });
  return { hooks, late, fail: (error: unknown) => fail(error) };
}

const storageAway = new AppError('storage_unavailable', { detail: 'away' });

describe('what is published', () => {
  it('is asked for at publish priority, with all that the source says, and not waited for', async () => {
    const asked: unknown[] = [];
    const whole = { ...source, sizes: ['og'], verify: true, onMissing: 'fallback' as const };
    const hooks = createHookService({
      sources: { get: () => Promise.resolve({ ...whole, siteUrl: 'https://example.com' }) },
      records: { entry: () => Promise.resolve(undefined), note: () => Promise.resolve(true) },
      pages: {
        put: (...given) => Promise.resolve(asked.push(given)),
        remove: () => Promise.resolve(),
      },
      onLate: () => undefined,
    });
    await hooks.receive('blog', request, body);
    const page = {
      template: 'note',
      data: { title: 'Hello' },
      page_url: 'https://example.com/hello',
      sizes: ['og'],
      verify: true,
      on_missing: 'fallback',
    };
    const caller = 'source:blog';
    expect(asked).toEqual([['hello', page, { priority: 'publish', waitMs: 0, caller }]]);
  });
});

describe('a page that takes its time', () => {
  it('does not keep the sender waiting; that it failed is told', async () => {
    const { hooks, late, fail } = slowPage();
    await expect(hooks.receive('blog', request, body)).resolves.toEqual({
      action: 'update',
      event: 'update',
      page: 'hello',
    });
    fail(storageAway);
    await new Promise(setImmediate);
    expect(late).toEqual([[storageAway, 'blog']]);
  });

  it('fails in time for the sender, who then tries again', async () => {
    const failing = createHookService({
      sources: { get: () => Promise.resolve(source) },
      records: { entry: () => Promise.resolve(undefined), note: () => Promise.resolve(true) },
      pages: { put: () => Promise.reject(storageAway), remove: () => Promise.resolve() },
      onLate: () => {
        throw new Error('the sender knows already');
      },
    });
    await expect(failing.receive('blog', request, body)).rejects.toBe(storageAway);
  });
});
