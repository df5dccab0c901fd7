import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ImageRecord } from '../../../src/images/image.js';
import { imageId } from '../../../src/images/image-id.js';
import { objectKeys } from '../../../src/images/object-key.js';
import type { ImageRecords } from '../../../src/images/ports.js';
import { objectInfo } from '../../../src/images/stored-record.js';
import { TOMBSTONE_BODY, tombstoneInfo } from '../../../src/images/tombstone.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { createFileStore, type FileStore } from '../../../src/storage/file-store.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { callCli } from './call-cli.js';

let server: RedisServer;
let records: ImageRecords;
let dataDir: string;
let remove: () => Promise<void>;
let store: FileStore;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startRedis();
  records = createImageRecords(server.connect(), server.connect());
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.connect().flushall();
  ({ path: dataDir, remove } = await temporaryDirectory());
  store = await createFileStore({
    directory: join(dataDir, 'images'),
    publicUrl: 'http://localhost:3000',
  });
  env = { DATA_DIR: dataDir, REDIS_URL: `unix://${server.socketPath}` };
});
afterEach(() => remove());

function completedRecord(title: string): ImageRecord {
  const spec = {
    templateId: 'card',
    templateVersion: '0123456789abcdef',
    fields: { title },
    size: { name: 'og', widthPx: 1200, heightPx: 630 },
    output: { format: 'jpeg' as const, scale: 2, quality: 80, maxBytes: 0 },
  };
  const id = imageId(Buffer.alloc(32), spec);
  return {
    id,
    status: 'completed',
    generation: 1,
    spec,
    key: objectKeys.image('card', id, 'jpeg'),
    widthPx: 2400,
    heightPx: 1260,
    bytes: 5_000,
    warnings: [],
    timings: { queue: 0, assets: 0, compile: 0, render: 0, encode: 0, store: 0, total: 0 },
    metadata: {},
    createdAt: '2026-11-21T08:00:00.000Z',
    completedAt: '2026-11-21T08:00:01.000Z',
  };
}

const body = randomBytes(5_000);
const putObject = (record: ImageRecord, key = record.key) =>
  store.put(key, body, objectInfo(record));

describe('cardpress reindex', () => {
  it('restores what Redis lost, once, over more objects than it takes at once', async () => {
    const lost = Array.from({ length: 70 }, (_, index) => completedRecord(`Card ${index}`));
    for (const record of lost) await putObject(record);

    const first = await callCli(['reindex', '--json'], { env });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toEqual({
      objects: 70,
      restored: 70,
      present: 0,
      foreign: 0,
      deletions: 0,
      removed: 0,
    });
    for (const { id, key, spec, createdAt } of lost) {
      expect(await records.get(id)).toMatchObject({
        status: 'completed',
        key,
        createdAt,
        bytes: body.length,
        widthPx: 2400,
        heightPx: 1260,
        spec: { ...spec, fields: {} },
      });
    }
    const listed = await records.list({ template: 'card', status: 'completed', limit: 100 });
    expect(listed.records).toHaveLength(70);

    const second = await callCli(['reindex'], { env });
    expect(second.stdout).toBe(
      '70 objects in the storage\n  0 records restored\n  70 were there already\n',
    );
  });

  it('leaves every record that is there as it is', async () => {
    const known = completedRecord('Known');
    const underWay = { ...completedRecord('Under way'), status: 'queued' as const };
    const failed = { ...completedRecord('Failed'), status: 'queued' as const };
    for (const record of [known, underWay, failed]) await putObject(record);
    await records.restore(known);
    await records.claim(underWay, { refresh: false });
    await records.start(underWay.id, 1);
    await records.claim(failed, { refresh: false });
    await records.fail(failed.id, 1, { code: 'render_timeout', message: 'Too slow.' });
    const ids = [known.id, underWay.id, failed.id];
    const before = await Promise.all(ids.map((id) => records.get(id)));
    expect(before.map((record) => record?.status)).toEqual(['completed', 'active', 'failed']);

    const { stdout } = await callCli(['reindex', '--json'], { env });
    expect(JSON.parse(stdout)).toEqual({
      objects: 3,
      restored: 0,
      present: 3,
      foreign: 0,
      deletions: 0,
      removed: 0,
    });
    expect(await Promise.all(ids.map((id) => records.get(id)))).toEqual(before);
  });

  it('passes by what is no picture of ours, copies under other names too', async () => {
    const record = completedRecord('Copied');
    await putObject(record, `card/aa/${'a'.repeat(32)}.jpg`);
    await store.put('other/file.bin', body, { contentType: 'text/plain', attributes: {} });
    const { code, stdout } = await callCli(['reindex'], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('  2 are no pictures of Cardpress and were left alone\n');
    expect(await records.get(record.id)).toBeUndefined();
  });

  it('stops when it is interrupted, and says that it can go on', async () => {
    await putObject(completedRecord('Late'));
    const { code, stderr, stdout } = await callCli(['reindex', '--json'], {
      env,
      signal: AbortSignal.abort(),
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Stopped early; it can be run again.\n',
    });
    expect(JSON.parse(stdout)).toMatchObject({ restored: 0 });
  });

  it('leaves deleted what was deleted, and removes what was left of it', async () => {
    const [kept, deleted, leftOver, again] = [
      'Kept',
      'Deleted',
      'Left over',
      'Asked for again',
    ].map(completedRecord) as [ImageRecord, ImageRecord, ImageRecord, ImageRecord];
    const at = '2026-11-22T08:00:00.000Z';
    for (const { id, key } of [deleted, leftOver, again]) {
      await store.put(objectKeys.tombstone(id), TOMBSTONE_BODY, tombstoneInfo(id, { key, at }));
    }
    await putObject(kept);
    await putObject(leftOver);
    // Drawn for a call that came after the deletion, whose note could not be taken away.
    await putObject({ ...again, createdAt: '2026-11-23T08:00:00.000Z' });

    const { stdout } = await callCli(['reindex', '--json'], { env });
    const counts = { objects: 3, restored: 2, present: 0, foreign: 0, deletions: 2, removed: 1 };
    expect(JSON.parse(stdout)).toEqual(counts);
    expect(await records.get(kept.id)).toBeDefined();
    expect(await records.get(again.id)).toBeDefined();
    for (const { id, key } of [deleted, leftOver]) {
      expect(await records.get(id)).toBeUndefined();
      expect(await records.deletionOf(id)).toEqual({ key, at });
      expect(await store.head(key)).toBeUndefined();
    }
    expect(await records.deletionOf(again.id)).toBeUndefined();

    // Asked for with a key since: what Redis says counts.
    await records.restore({ ...deleted, createdAt: '2026-11-24T08:00:00.000Z' });
    const second = await callCli(['reindex'], { env });
    expect(second.stdout).not.toContain('stay deleted');
    expect(await records.deletionOf(deleted.id)).toBeUndefined();
  });
});
