import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiCall, ask } from '../../support/api-client.js';
import { metricIn } from '../../support/service-environment.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';

/*
 * What an older version left in its data folder, and what it answered about that: the service of
 * today starts on it and says the same. `write-older-data.mjs` wrote it; data is never written
 * anew, only another version's added, because what is kept must stay readable.
 */
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const readJson = async (path: string) => JSON.parse(await readFile(here(path), 'utf8'));
const answers = await readJson('./older/answers.json');
const settings = (await readJson('./older-settings.json')) as Record<string, string>;

/** A day later, whenever the test runs: what is kept for some days is still there. */
const CLOCK = `
const Real = Date;
const offset = ${Date.parse(answers.at) + 86_400_000} - Real.now();
globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + offset);
    else super(...given);
  }
  static now = () => Real.now() + offset;
};
`;

let folder: string;
let service: ServiceProcess;
const api = (path: string, call: ApiCall = {}) =>
  ask(service.url + path, String(settings.API_KEY), call);
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
async function drawn(): Promise<number> {
  const { bytes } = await api('/metrics', { key: null });
  const labels = { stage: 'render' };
  return metricIn(bytes.toString(), 'cardpress_render_stage_seconds_count', labels);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-upgrade-'));
  await cp(here('./older'), folder, { recursive: true });
  await writeFile(join(folder, 'clock.mjs'), CLOCK);
  service = await startServiceProcess({
    program: 'service',
    env: {
      ...settings,
      DATA_DIR: join(folder, 'stored'),
      TEMPLATES_DIR: join(folder, 'templates'),
      NODE_OPTIONS: `--import ${join(folder, 'clock.mjs')}`,
    },
  });
}, 120_000);
afterAll(async () => {
  await service?.signal('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

describe('the data of an older version', () => {
  it.each(Object.keys(answers.reads))('is answered as before: %s', async (path) => {
    const { status, json } = await api(path);
    expect(status).toBe(200);
    expect(json).toMatchObject(answers.reads[path]);
  });

  it.each(Object.keys(answers.images))('is shown as before: %s', async (path) => {
    const { status, bytes } = await api(path, { key: null });
    expect([status, hashOf(bytes)]).toEqual([200, answers.images[path]]);
  });

  it('opens the API to the key that was made', async () => {
    expect((await api('/v1/images', { key: answers.key.key })).status).toBe(200);
    const { key: _secret, last_used_at: _never, ...kept } = answers.key;
    const { json } = await api('/v1/keys');
    expect(json.items).toContainEqual(expect.objectContaining(kept));
  });

  it('gives new ids where the engine draws otherwise since, and the same addresses of pages and links', async () => {
    const { requests, reads, made } = answers;
    const known = reads['/v1/images?limit=100'].items as { id: string; url: string }[];
    for (const body of [requests.image, requests.withWarning]) {
      const { status, json } = await api('/v1/images', {
        body: { ...body, webhook_url: undefined, wait: 30 },
      });
      expect([status, json.status, json.reused]).toEqual([201, 'completed', false]);
      // Old and new never mix under one id.
      expect(known.map(({ id }) => id)).not.toContain(json.id);
      expect(known.map(({ url }) => url)).not.toContain(json.url);
    }
    const page = await api('/v1/pages/blog/first', { method: 'PUT', body: requests.page });
    expect(page.json.url).toBe(reads['/v1/pages/blog/first'].url);
    expect((await api('/v1/urls', { body: requests.address })).json.url).toBe(made.address.url);
  });

  it('goes on: sources read what they are sent, and new images are drawn', async () => {
    const post = { current: { slug: 'second', title: 'Signed' }, previous: {} };
    const test = await api('/v1/sources/ghost/test', { body: { body: { post } } });
    expect([test.status, test.json.page, test.json.data]).toEqual([
      200,
      'second',
      { title: 'Signed' },
    ]);
    const before = await drawn();
    const image = await api('/v1/images', {
      body: { template: 'note', data: { title: 'After the upgrade' }, wait: 30 },
    });
    expect([image.status, image.json.status]).toEqual([201, 'completed']);
    expect(await drawn()).toBeGreaterThan(before);
  });
});
