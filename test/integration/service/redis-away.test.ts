import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

const create = (text: string, more: Record<string, unknown> = {}) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: 30, ...more },
  });

/** Redis is back for this process once the API answers from it again. */
async function back(): Promise<void> {
  await until(async () => (await service.api('/v1/images')).status === 200, 20_000);
}

describe('while Redis is away', () => {
  it('answers 503 to everything that needs it, and still serves stored pictures', async () => {
    const stored = await create('stored');
    expect(stored.status).toBe(201);
    await service.redis.kill9();
    await until(async () => (await service.api('/v1/images')).status === 503);

    const preview = { body: { data: colourFields('x') } };
    const answers = {
      create: await create('while away'),
      again: await create('stored'),
      read: await service.api(`/v1/images/${stored.json.id}`),
      remove: await service.api(`/v1/images/${stored.json.id}`, { method: 'DELETE' }),
      trace: await service.api(`/v1/images/${stored.json.id}/trace`),
      preview: await service.api('/v1/templates/colour-code/preview', preview),
    };
    for (const [name, { status, json, headers }] of Object.entries(answers)) {
      expect([name, status, json.code]).toEqual([name, 503, 'redis_unavailable']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await service.api(stored.json.url)).status).toBe(200);
    expect((await service.api('/v1/templates')).status).toBe(200);
    expect((await service.api('/healthz')).status).toBe(200);
    await until(async () => (await service.api('/readyz')).status === 503, 10_000);

    await service.redis.restart();
    await back();
    await until(async () => (await service.api('/readyz')).status === 200, 10_000);
  });

  it('loses nothing that was accepted before', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `before ${i}`);
    await service.stopWorker();
    const accepted = await Promise.all(texts.map((text) => create(text, { wait: 0 })));
    expect(new Set(accepted.map(({ status }) => status))).toEqual(new Set([202]));
    await service.redis.kill9();
    await service.redis.restart();
    await back();
    await service.startWorker();
    for (const [i, { json }] of accepted.entries()) {
      const done = await until(async () => {
        const { json: image } = await service.api(`/v1/images/${json.id}`);
        return image.status === 'completed' && image;
      }, 30_000);
      const { bytes } = await service.api(done.url);
      expect(await shownColours(bytes)).toEqual(coloursOf(texts[i] ?? ''));
    }
  });

  it('loses nothing that is being drawn, and wakes who waits for it', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `during ${i}`);
    const accepted = await Promise.all(texts.map((text) => create(text, { wait: 0 })));
    await until(async () => (await service.queue.counts()).active > 0);
    await service.redis.kill9();
    await service.redis.restart();
    await back();
    // Jobs whose worker lost them are found by the check for stalled ones.
    const answers = await Promise.all(
      texts.map((text) =>
        until(async () => {
          const answer = await create(text);
          return answer.status === 201 && answer;
        }, 60_000),
      ),
    );
    expect(answers.map(({ json }) => json.id)).toEqual(accepted.map(({ json }) => json.id));
    for (const [i, { json }] of answers.entries()) {
      expect(await shownColours((await service.api(json.url)).bytes)).toEqual(
        coloursOf(texts[i] ?? ''),
      );
    }
  }, 120_000);
});
