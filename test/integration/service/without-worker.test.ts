import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

/* An API whose workers are away, or come later: what was accepted stays accepted. */

let service: TestService;

beforeAll(async () => {
  service = await startService({ worker: false, env: { QUEUE_LIMIT: '3' } });
});
afterAll(() => service?.stop());

const create = (text: string, more: Record<string, unknown> = {}) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: 0, ...more },
  });

describe('without a worker', () => {
  it('accepts until the queue is full, then says when to come again', async () => {
    for (const text of ['one', 'two', 'three']) expect((await create(text)).status).toBe(202);
    const { status, headers, json } = await create('four');
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('10');
    expect(json).toMatchObject({ code: 'queue_full', status: 429 });
    // What was refused left nothing behind.
    expect((await service.api('/v1/images')).json.items).toHaveLength(3);
  });

  it('still joins what waits already, and still refuses a preview', async () => {
    expect((await create('one')).status).toBe(202);
    const preview = { body: { data: colourFields('one') } };
    expect((await service.api('/v1/templates/colour-code/preview', preview)).status).toBe(429);
  });

  it('ends a wait in time with 202', async () => {
    const { status, json } = await create('two', { wait: 0.2 });
    expect(status).toBe(202);
    expect(json.status).toBe('queued');
  });

  it('says in /readyz that no browser answers', async () => {
    const { status, json } = await service.api('/readyz', { key: null });
    expect(status).toBe(503);
    expect(json.checks.browser).toEqual({ ok: false, detail: 'The browser does not answer.' });
    expect(json.checks.redis).toEqual({ ok: true });
  });

  it('shows the waiting jobs on the queue page, for whoever has the key', async () => {
    const basic = `Basic ${Buffer.from(`any:${service.key}`).toString('base64')}`;
    const path = '/admin/queues/api/queues?activeQueue=renders&status=prioritized&page=1';
    const { status, json } = await service.api(path, {
      key: null,
      headers: { authorization: basic },
    });
    expect(status).toBe(200);
    expect(json.queues[0].counts.prioritized).toBe(3);
    expect((await service.api(path, { key: null })).status).toBe(401);
  });

  it('drops a waiting render with its image', async () => {
    const { json } = await create('three');
    expect((await service.api(`/v1/images/${json.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await service.queue.waiting()).toBe(2);
  });

  it('draws what waited as soon as a worker comes, first what someone waits for', async () => {
    const waiting = create('five', { wait: 30 });
    await until(async () => (await service.queue.waiting()) === 3);
    await service.startWorker();
    const { status, json } = await waiting;
    expect(status).toBe(201);
    expect(await shownColours((await service.api(json.url)).bytes)).toEqual(coloursOf('five'));
    await service.idle();
    const { json: list } = await service.api('/v1/images?status=completed');
    expect(list.items).toHaveLength(3);
  });
});
