import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startEmbeddedRedis } from '../../src/records/embedded-redis.js';
import { untilOver } from '../support/batch-client.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import type { RedisServer } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const GUIDE = fileURLToPath(new URL('../../docs/backup.md', import.meta.url));
const ROWS = faultCount(50, 3);
const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-backup-'));
}, FAULT_TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The commands that stand under a heading of the guide. */
async function commandsOf(heading: string): Promise<string> {
  const section = (await readFile(GUIDE, 'utf8')).split(/^## /m).find((s) => s.startsWith(heading));
  const [, commands] = /```sh\n([\s\S]*?)```/.exec(section ?? '') ?? [];
  if (!commands) throw new Error(`docs/backup.md has no commands under "${heading}"`);
  return commands;
}

async function follow(heading: string, env: Record<string, string>): Promise<void> {
  const commands = await commandsOf(heading);
  await run('sh', ['-euc', commands], { env: { PATH: process.env.PATH, ...env } });
}

/** The same service over an embedded Redis, whose folder is the one that is backed up. */
async function startWhole(dataDir: string) {
  const redis = await startEmbeddedRedis({
    binary: process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server',
    directory: join(dataDir, 'redis'),
  });
  // With its password, as `unix://` takes it.
  const socketPath = redis.url.slice('unix://'.length);
  const service = await startService({ dataDir, redis: { socketPath } as RedisServer });
  return {
    service,
    socketPath: redis.socketPath,
    async stop() {
      await service.stop();
      await redis.stop();
    },
  };
}

const template = 'colour-code';

/** One of each kind that is kept; what has to be there again, by the question that shows it. */
async function fillService({ api }: TestService) {
  const body = { template, data: colourFields('an image'), metadata: { order: '17' }, wait: 30 };
  // Asked again where a loaded machine was too slow for the first.
  const image = await until(async () => {
    const answer = await api('/v1/images', { body });
    return answer.status === 201 && answer;
  }, FAULT_TIMEOUT_MS);
  const page = await api('/v1/pages/blog/first', {
    method: 'PUT',
    body: { template, data: colourFields('a page'), wait: 30 },
  });
  expect(page.status).toBeLessThan(300);
  const link = await api('/v1/links', {
    body: { template: 'note', fixed: { title: 'Hello' }, fields: { title: { max_length: 40 } } },
  });
  expect(link.status).toBe(201);
  const key = await api('/v1/keys', { body: { name: 'the shop', scopes: ['images'] } });
  expect(key.status).toBe(201);
  const items = Array.from({ length: ROWS }, (_, i) => ({
    ref: `row ${i}`,
    data: colourFields(`row ${i}`),
  }));
  const begun = await api('/v1/batches', { body: { template, items } });
  const over = await untilOver(api, begun.json.id);
  expect(over.status).toBe('completed');
  const questions = [
    `/v1/images/${image.json.id}`,
    '/v1/pages/blog/first',
    `/v1/links/${link.json.id}`,
    '/v1/keys',
    `/v1/batches/${begun.json.id}`,
    `/v1/batches/${begun.json.id}/results.json`,
  ];
  const linkPath = `${new URL(link.json.url).pathname}?title=Ada`;
  // A first answer that is late shows a stand-in.
  const source = async () => (await api(linkPath)).headers['x-cardpress-source'];
  await until(async () => (await source()) === 'stored', FAULT_TIMEOUT_MS);
  return { questions, linkPath, key: key.json.key as string, image: image.json };
}

/** An answer without the address of the service, whose port is another after a restore. */
async function told({ api, url }: TestService, question: string): Promise<string> {
  const { status, bytes } = await api(question);
  expect([question, status]).toEqual([question, 200]);
  const text = bytes.toString().replaceAll(url, 'http://service');
  // When a key was used last is noted with each use.
  return text.replaceAll(/"last_used_at":(?:"[^"]*"|null)/g, '"last_used_at":null');
}

it(
  'restores all that there was on an empty folder, with the commands of the guide',
  async () => {
    const backup = join(folder, 'backup');
    const first = await startWhole(join(folder, 'first'));
    const kept = await fillService(first.service);
    const before: string[] = [];
    for (const question of kept.questions) before.push(await told(first.service, question));
    await follow('Back up', {
      BACKUP: backup,
      DATA_DIR: join(folder, 'first'),
      REDIS: `-s ${first.socketPath}`,
      REDISCLI_AUTH: (await readFile(join(folder, 'first/redis/password'), 'utf8')).trim(),
    });
    await first.stop();
    await rm(join(folder, 'first'), { recursive: true });

    const dataDir = join(folder, 'second');
    await follow('Restore', { BACKUP: backup, DATA_DIR: dataDir });
    const second = await startWhole(dataDir);
    const { service } = second;
    try {
      for (const [i, question] of kept.questions.entries()) {
        expect(await told(service, question)).toBe(before[i]);
      }
      const shown = async (path: string) => shownColours((await service.api(path)).bytes);
      const own = (url: string) => new URL(url).pathname;
      expect(await shown(own(kept.image.url))).toEqual(coloursOf('an image'));
      expect(await shown('/p/blog/first.png')).toEqual(coloursOf('a page'));
      expect((await service.api(kept.linkPath)).headers['x-cardpress-source']).toBe('stored');
      const { json: listed } = await service.api('/v1/images?limit=100', { key: kept.key });
      // The rows, an image, a page, and a link with a name and without.
      expect(listed.items).toHaveLength(ROWS + 4);
      const again = await service.api('/v1/images', {
        key: kept.key,
        body: { template, data: colourFields('row 0'), wait: 30 },
      });
      expect([again.status, again.json.reused]).toEqual([201, true]);
    } finally {
      await second.stop();
    }
  },
  FAULT_TIMEOUT_MS,
);
