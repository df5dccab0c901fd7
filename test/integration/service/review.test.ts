import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readPixels } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

const post = (path: string) => service.api(path, { method: 'POST' });

/** An image that waits because its title had to be cut. */
async function inReview(letter: string) {
  const answer = await service.api('/v1/images', {
    body: {
      template: 'note',
      data: {
        title: letter.repeat(150),
        accent: '#c81e5a',
        logo: 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" width="60" height="60"/%3E',
      },
      on_missing: 'review',
      wait: 30,
    },
  });
  expect([answer.status, answer.json.status]).toEqual([202, 'review']);
  expect(answer.json.warnings.map((w: { code: string }) => w.code)).toEqual(['truncated']);
  return answer.json;
}

it('shows what it would look like, draws nothing before, and is drawn once approved', async () => {
  const image = await inReview('a');
  expect((await service.api(new URL(image.url).pathname)).status).toBe(404);
  const preview = await service.api(image.preview_url);
  expect(preview.headers['content-type']).toBe('image/png');
  const seen = await readPixels(preview.bytes);
  expect([seen.width, seen.height]).toEqual([600, 315]);

  const approved = await post(`/v1/images/${image.id}/approve`);
  expect(approved.status).toBe(202);
  await until(
    async () => (await service.api(`/v1/images/${image.id}`)).json.status === 'completed',
    20_000,
  );
  const { bytes } = await service.api(new URL(image.url).pathname);
  // What was approved is what was seen.
  expect((await readPixels(bytes)).data.equals(seen.data)).toBe(true);
  expect((await post(`/v1/images/${image.id}/approve`)).json.code).toBe('conflict');
  expect((await post(`/v1/images/${image.id}/reject`)).status).toBe(409);
});

it('ends as failed with the reason once rejected, and may be asked for anew', async () => {
  const image = await inReview('b');
  const rejected = await post(`/v1/images/${image.id}/reject`);
  expect(rejected.json).toMatchObject({ status: 'failed', error: { code: 'review_refused' } });
  expect((await service.api(`/v1/images/${image.id}`)).json.status).toBe('failed');
  expect((await service.api(new URL(image.url).pathname)).status).toBe(404);
  expect((await inReview('b')).id).toBe(image.id);
});

it('has the reasons in the list of what waits', async () => {
  const image = await inReview('c');
  const { items } = (await service.api('/v1/images?status=review')).json;
  const found = items.find((item: { id: string }) => item.id === image.id);
  expect(found.warnings.map((w: { code: string }) => w.code)).toEqual(['truncated']);
});
