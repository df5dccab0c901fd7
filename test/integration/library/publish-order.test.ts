import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectStore } from '../../../src/images/ports.js';
import type { Author } from '../../../src/library/draft.js';
import { createDraftFiles } from '../../../src/library/draft-files.js';
import { createDraftService } from '../../../src/library/draft-service.js';
import { createStoredTemplates } from '../../../src/library/stored-templates.js';
import { createVersionService } from '../../../src/library/version-service.js';
import { createVersionStore } from '../../../src/library/version-store.js';
import { createDraftRecords } from '../../../src/records/draft-records.js';
import {
  connectForRequests,
  connectForWork,
  untilReady,
} from '../../../src/records/redis-connections.js';
import { createVersionRecords } from '../../../src/records/version-records.js';
import { createFileStore } from '../../../src/storage/file-store.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { cardFiles } from '../../support/stored-template.js';
import { until } from '../../support/until.js';

/*
 * The steps of publishing in their worst order: a process dies, or somebody else comes in, between
 * any two of them. Real Redis and real files; only the drawing of the check is left out.
 */
let redis: RedisServer;
let folder: string;
let store: ObjectStore;

beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), 'cp-library-'));
  store = await createFileStore({ directory: folder, publicUrl: 'http://localhost:3000' });
});
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

const author: Author = { keyId: 'key', isAdmin: true };

/** A process: what it does before and after the step that is given goes on as ever. */
async function startProcess(
  steps: { put?: () => Promise<void>; check?: () => Promise<void> } = {},
) {
  const url = `unix://${redis.socketPath}`;
  const [client, subscriber] = [connectForRequests(url), connectForWork(url)];
  await untilReady(client, 10_000);
  const records = createVersionRecords(client, subscriber);
  const objects: ObjectStore = {
    ...store,
    async put(...args) {
      await store.put(...args);
      await steps.put?.();
    },
  };
  const versions = createVersionStore(objects);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const stored = createStoredTemplates({ records, versions, logger });
  closing.push(async () => {
    client.disconnect();
    subscriber.disconnect();
    await stored.close();
  });
  const contents = createDraftFiles(objects);
  const drafts = createDraftService({
    records: createDraftRecords(client),
    contents,
    judgeFiles: async () => [],
    isFolder: () => false,
    filesOf: async () => new Map(),
  });
  const service = createVersionService({
    ...{ records, versions, drafts, contents, stored },
    async check() {
      await steps.check?.();
      return { status: 'pass', pass: 1, warn: 0, fail: 0, skipped: 0, failures: [] };
    },
  });
  const texts = (colour: string) =>
    new Map(Object.entries(cardFiles(colour)).map(([path, body]) => [path, String(body)]));
  return {
    stored,
    drafts,
    service,
    async save(id: string, colour: string) {
      await drafts.create({ id }, author).catch(() => undefined);
      return drafts.change(id, '*', texts(colour), author);
    },
    async publish(id: string, colour: string) {
      await this.save(id, colour);
      return (await service.publish(id, {}, author)).entry;
    },
  };
}

const dies = async () => {
  throw new Error('the process was killed');
};

describe('publishing', () => {
  it('publishes nothing and loses nothing where a process dies after its files are stored', async () => {
    const first = await (await startProcess()).publish('dies', '#111111');
    const dying = await startProcess({ put: dies });
    await dying.save('dies', '#222222');
    await expect(dying.service.publish('dies', {}, author)).rejects.toThrow('was killed');
    const next = await startProcess();
    await next.stored.refresh();
    expect(next.stored.get('dies')?.version).toBe(first.version);
    expect((await next.service.history('dies')).length).toBe(1);
    // The draft is as it was, and publishing it again does it.
    const { entry } = await next.service.publish('dies', {}, author);
    expect([next.stored.get('dies')?.version, entry.version === first.version]).toEqual([
      entry.version,
      false,
    ]);
  });

  it('does not publish what was changed while it was checked', async () => {
    const other = await startProcess();
    const slow = await startProcess({
      check: async () => void (await other.save('changed', '#333333')),
    });
    await slow.save('changed', '#222222');
    await expect(slow.service.publish('changed', {}, author)).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await slow.stored.refresh();
    expect(slow.stored.get('changed')).toBeUndefined();
  });

  it('does not bring back a template that was deleted while it was published', async () => {
    const other = await startProcess();
    const slow = await startProcess({ check: () => other.service.remove('deleted', author) });
    await slow.save('deleted', '#222222');
    await expect(slow.service.publish('deleted', {}, author)).rejects.toMatchObject({
      code: 'template_not_found',
    });
    await slow.stored.refresh();
    expect(slow.stored.list().map(({ id }) => id)).not.toContain('deleted');
  });

  it('by two processes at once makes one of both current, and keeps both versions', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    await one.save('both', '#444444');
    const results = await Promise.allSettled([
      one.service.publish('both', {}, author),
      two.service.publish('both', {}, author),
      two.service.publish('both', { message: 'again' }, author),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    await Promise.all([one.stored.refresh(), two.stored.refresh()]);
    expect(one.stored.get('both')?.version).toBe(two.stored.get('both')?.version);
    expect((await one.service.history('both')).length).toBe(3);
  });
});

describe('a process in which Redis is killed', () => {
  it('keeps what is current, and hears of what was published after it is back', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const first = await one.publish('away', '#555555');
    await two.stored.refresh();
    await redis.kill9();
    await expect(two.stored.refresh()).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(two.stored.get('away')?.version).toBe(first.version);
    await redis.restart();
    const second = await (await startProcess()).publish('away', '#666666');
    await until(() => two.stored.get('away')?.version === second.version, 10_000);
  }, 30_000);
});
