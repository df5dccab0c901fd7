import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { faultCount } from '../../support/fault-scale.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

describe('Chromium killed in the middle of many jobs', () => {
  it('costs no image: each is completed, and each is its own', async () => {
    const texts = Array.from({ length: faultCount(60, 30) }, (_, i) => `killed ${i}`);
    const answers = Promise.all(
      texts.map((text) =>
        service.api('/v1/images', {
          body: { template: 'colour-code', data: colourFields(text), wait: 30 },
        }),
      ),
    );
    for (const done of [4, 12, 20]) {
      await until(async () => (await service.drawn()) >= done, 60_000);
      for (const pid of service.browserPids()) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // A helper that ended by itself in the meantime.
        }
      }
    }
    const ids = (await answers).map(({ json }) => String(json.id ?? json.image_id));
    await service.idle();
    for (const [i, id] of ids.entries()) {
      const { json } = await service.api(`/v1/images/${id}`);
      expect([id, json.status, json.error]).toEqual([id, 'completed', undefined]);
      expect(await shownColours((await service.api(json.url)).bytes)).toEqual(
        coloursOf(texts[i] ?? ''),
      );
    }
    expect(
      await service.metric('cardpress_browser_restarts_total', { reason: 'crashed' }),
    ).toBeGreaterThanOrEqual(2);
    expect(service.log.some((line) => line.msg === 'an attempt failed')).toBe(true);
  }, 120_000);
});

describe('a worker that has to stop while its browser hangs', () => {
  it('gives its jobs back to the queue, and the next worker draws them', async () => {
    const texts = ['hanging 1', 'hanging 2', 'hanging 3'];
    const pids = await until(() => {
      const found = service.browserPids();
      return found.length > 0 && found;
    });
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const accepted = await Promise.all(
      texts.map((text) =>
        service.api('/v1/images', {
          body: { template: 'colour-code', data: colourFields(text), wait: 0 },
        }),
      ),
    );
    await until(async () => (await service.queue.counts()).active === 3, 30_000);
    await service.stopWorker(200);
    expect((await service.queue.counts()).active).toBe(0);
    expect(await service.queue.waiting()).toBe(3);
    await service.startWorker();
    await service.idle();
    for (const [i, { json }] of accepted.entries()) {
      const { json: image } = await service.api(`/v1/images/${json.id}`);
      expect(image.status).toBe('completed');
      expect(await shownColours((await service.api(image.url)).bytes)).toEqual(
        coloursOf(texts[i] ?? ''),
      );
    }
  }, 120_000);
});
