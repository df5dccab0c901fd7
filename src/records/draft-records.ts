import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { Draft, DraftFile } from '../library/draft.js';
import type { DraftRecords } from '../library/ports.js';
import { evalScript, withRedis } from './redis-connections.js';
import { changeDraftScript, createDraftScript } from './template-scripts.js';

const names = redisKeys.templates;
const FILE = 'file:';

function parse(id: string, hash: Record<string, string>): Draft | undefined {
  const { nonce, revision, created_at, changed_at, changed_by } = hash;
  if (nonce === undefined) return undefined;
  const files = Object.entries(hash).flatMap(([field, value]): [string, DraftFile][] =>
    field.startsWith(FILE) ? [[field.slice(FILE.length), JSON.parse(value) as DraftFile]] : [],
  );
  return {
    ...{ id, nonce, revision: Number(revision) },
    ...{ createdAt: created_at ?? '', changedAt: changed_at ?? '', changedBy: changed_by ?? '' },
    files: new Map(files.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function fieldsOf(files: ReadonlyMap<string, DraftFile | undefined>): string[] {
  return [...files].flatMap(([path, file]) => [
    FILE + path,
    file === undefined ? '' : JSON.stringify(file),
  ]);
}

/** Drafts of stored templates in Redis. The caller owns the client. */
export function createDraftRecords(redis: Redis): DraftRecords {
  const run = (script: string, keys: string[], ...args: (string | number)[]) =>
    withRedis(() => evalScript(redis, script, keys.length, ...keys, ...args));

  return {
    async create({ id, nonce, revision, createdAt, changedAt, changedBy, files }) {
      const facts = [
        ...['nonce', nonce, 'revision', revision, 'created_at', createdAt],
        ...['changed_at', changedAt, 'changed_by', changedBy],
      ];
      const keys = [names.draft(id), names.drafts];
      return (await run(createDraftScript, keys, id, ...facts, ...fieldsOf(files))) === 1;
    },

    get: (id) => withRedis(async () => parse(id, await redis.hgetall(names.draft(id)))),

    ids: () => withRedis(async () => (await redis.smembers(names.drafts)).sort()),

    async change(id, { nonce, revision }, { at, by, files }) {
      const args = [nonce, revision, revision + 1, at, by, ...fieldsOf(files)];
      return (await run(changeDraftScript, [names.draft(id)], ...args)) === 1;
    },
  };
}
