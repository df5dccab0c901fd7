import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { staticCard } from '../../src/links/static-card.js';
import type { ApiAnswer } from '../support/api-client.js';
import { faultCount } from '../support/fault-scale.js';
import { type LinkServer, startLinkServer, templatesWithGeneric } from '../support/link-server.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const BUDGET_MS = 1_500;
/** Requests for each address while something is away; some at a time, see below. */
const HITS = faultCount(250, 50);
const WAVES = faultCount(10, 2);

let folder: string;
let service: TestService;
/** Nothing is in its memory when a test begins. */
let server: LinkServer;
const stored = { dynamic: '', link: '' };
let counter = 0;

const pathOf = (url: string) => url.slice(new URL(url).origin.length);
async function signed(title: string): Promise<string> {
  return pathOf(
    (await server.api('/v1/urls', { body: { template: 'note', data: { title } } })).json.url,
  );
}

beforeAll(async () => {
  folder = await templatesWithGeneric();
  service = await startService({ env: { TEMPLATES_DIR: folder } });
  server = await startLinkServer(service, { dynamicBudgetMs: 20_000 });
  stored.dynamic = await signed('Stored before');
  const link = await server.api('/v1/links', {
    body: { template: 'note', fixed: { title: 'Hello' }, fields: { title: { max_length: 40 } } },
  });
  stored.link = `${pathOf(link.json.url)}?title=Ada`;
  for (const path of Object.values(stored)) {
    expect((await server.api(path)).headers['x-cardpress-source']).toBe('rendered');
  }
  await server.stop();
});
beforeEach(async () => {
  server = await startLinkServer(service, { dynamicBudgetMs: BUDGET_MS });
});
afterEach(() => server.stop());
afterAll(async () => {
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

function expectPicture(answer: ApiAnswer, source: string): void {
  const start = answer.bytes.subarray(0, 4).toString('latin1');
  expect([answer.status, answer.headers['x-cardpress-source'], start]).toEqual([
    200,
    source,
    '\x89PNG',
  ]);
}

/** One stored and one new address of each kind, `times` each; answers by kind. */
async function hit(times: number) {
  counter += 1;
  const paths = {
    oldDynamic: stored.dynamic,
    newDynamic: await signed(`New ${counter}`),
    oldLink: stored.link,
    newLink: stored.link.replace('Ada', `New${counter}`),
  };
  const answers = await Promise.all(
    Object.entries(paths).map(async ([kind, path]) => {
      const all: ApiAnswer[] = [];
      // Some at a time: a thousand sockets at once would test this machine.
      for (let done = 0; done < times; done += 50) {
        const some = Math.min(50, times - done);
        all.push(...(await Promise.all(Array.from({ length: some }, () => server.api(path)))));
      }
      return [kind, all] as const;
    }),
  );
  return Object.fromEntries(answers) as Record<keyof typeof paths, ApiAnswer[]>;
}

async function restartRedis(): Promise<void> {
  await service.redis.restart();
  await until(async () => (await service.api('/v1/images')).status === 200, 10_000);
}

async function breakStorage(): Promise<() => Promise<void>> {
  const images = join(service.dataDir, 'images');
  await rename(images, `${images}.away`);
  await writeFile(images, 'no folder');
  return async () => {
    await rm(images);
    await rename(`${images}.away`, images);
  };
}

async function removeTemplate(): Promise<() => Promise<void>> {
  await rename(join(folder, 'note'), `${folder}-note`);
  await server.registry.refresh();
  return async () => {
    await rename(`${folder}-note`, join(folder, 'note'));
    await server.registry.refresh();
  };
}

it('serves what is stored while Redis is away, and cards for the rest', async () => {
  await service.redis.kill9();
  try {
    const answers = await hit(HITS);
    for (const answer of answers.oldDynamic) expectPicture(answer, 'stored');
    // That there ever was such a link, Redis alone knows.
    for (const answer of [...answers.newDynamic, ...answers.oldLink, ...answers.newLink]) {
      expectPicture(answer, 'fallback');
    }
    expect(new Set(server.fallbacks)).toEqual(new Set(['redis_unavailable']));
    expect((await server.api(stored.dynamic.replace('Stored', 'Other'))).status).toBe(403);
    expect((await server.api('/l/nothing.png')).status).toBe(404);
  } finally {
    await restartRedis();
  }
  await until(
    async () => (await server.api(stored.link)).headers['x-cardpress-source'] === 'stored',
  );
  expect((await server.api('/l/aaaaaaaaaaaaaaaa.png')).status).toBe(404);
});

it('serves links that it knows while Redis is away', async () => {
  expectPicture(await server.api(stored.link), 'stored');
  await service.redis.kill9();
  try {
    expectPicture(await server.api(stored.link), 'stored');
    const own = await server.api(stored.link.split('?')[0] ?? '');
    const other = await server.api(stored.link.replace('Ada', 'Grace'));
    expectPicture(other, 'fallback');
    // Not any card: the link's own, which was drawn when the link was made.
    expect(other.bytes.equals(own.bytes)).toBe(true);
  } finally {
    await restartRedis();
  }
});

it('answers with cards while the storage is away', async () => {
  const mend = await breakStorage();
  try {
    for (const answer of Object.values(await hit(HITS)).flat()) expectPicture(answer, 'fallback');
  } finally {
    await mend();
  }
  expectPicture(await server.api(stored.dynamic), 'stored');
});

it('keeps serving what it served lately while the storage is away', async () => {
  expectPicture(await server.api(stored.dynamic), 'stored');
  const mend = await breakStorage();
  try {
    expectPicture(await server.api(stored.dynamic), 'stored');
  } finally {
    await mend();
  }
});

it('answers within its budget while nothing draws', async () => {
  await service.stopWorker();
  try {
    const answers = await hit(HITS);
    for (const answer of [...answers.oldDynamic, ...answers.oldLink]) {
      expectPicture(answer, 'stored');
    }
    for (const answer of [...answers.newDynamic, ...answers.newLink]) {
      expectPicture(answer, 'fallback');
    }
    // So many at once make the process busy: some readers of the link get no turn.
    const reasons = new Set(server.fallbacks.filter((reason) => reason !== 'limit_reached'));
    expect(reasons).toEqual(new Set(['late']));
  } finally {
    await service.startWorker();
  }
});

it('answers with cards for a template that is gone, and refuses what nobody signed', async () => {
  const newOne = await signed('Never drawn');
  const mend = await removeTemplate();
  try {
    const paths = [stored.dynamic, newOne, stored.link, stored.link.replace('Ada', 'Gone')];
    const asked = Array.from({ length: HITS }, () => paths).flat();
    for (let done = 0; done < asked.length; done += 200) {
      const some = asked.slice(done, done + 200).map((path) => server.api(path));
      for (const answer of await Promise.all(some)) expectPicture(answer, 'fallback');
    }
    expect(new Set(server.fallbacks)).toEqual(new Set(['template_not_found']));
    expect((await server.api(`${newOne}x`)).status).toBe(403);
  } finally {
    await mend();
  }
  expectPicture(await server.api(stored.dynamic), 'stored');
});

it('answers with the card of the program when everything is away at once', async () => {
  const paths = [...Object.values(stored), stored.link.replace('Ada', 'Nobody')];
  const mends = [await breakStorage(), await removeTemplate()];
  await service.stopWorker();
  await service.redis.kill9();
  try {
    for (let wave = 0; wave < WAVES; wave += 1) {
      const asked = Array.from({ length: 34 }, () => paths).flat();
      const answers = await Promise.all(asked.map((path) => server.api(path)));
      for (const answer of answers) {
        expectPicture(answer, 'fallback');
        expect(answer.bytes.equals(staticCard.png.body)).toBe(true);
      }
    }
  } finally {
    await restartRedis();
    for (const mend of mends) await mend();
    await service.startWorker();
  }
  await until(async () => (await service.api('/readyz')).status === 200, 20_000);
  const path = await signed('All are back');
  await until(
    async () => (await server.api(path)).headers['x-cardpress-source'] !== 'fallback',
    20_000,
  );
});
