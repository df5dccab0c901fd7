import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

describe('Chromium killed in the middle of many jobs', () => {
  it('costs no image: each is completed, and each is its own', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `killed ${i}`);
    const answers = Promise.all(
      texts.map((text) =>
        service.api('/v1/images', {
          body: { template: 'colour-code', data: colourFields(text), wait: 30 },
        }),
      ),
    );
    for (const done of [8, 24, 40]) {
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
