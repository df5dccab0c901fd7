import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { HistoryEntry, VersionFiles, VersionRecords } from '../library/ports.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';
import { publishScript, removeTemplateScript, rollBackScript } from './template-scripts.js';

const names = redisKeys.templates;

/** Longer than any check takes, with its wait for a worker. */
const TRIAL_MS = 3 * 60_000;

const parseFiles = (text: string) => JSON.parse(text) as VersionFiles;
const filesJson = ({ content, files }: VersionFiles) => JSON.stringify({ content, files });
const trialKey = (id: string, version: string) => names.trial(`${id}@${version}`);

/**
 * Published versions of templates in Redis. `subscriber`: a connection that is used for channels
 * alone. The caller owns both.
 */
export function createVersionRecords(redis: Redis, subscriber: Redis): VersionRecords {
  const run = (script: string, keys: string[], ...args: (string | number)[]) =>
    withRedis(() => evalScript(redis, script, keys.length, ...keys, ...args));

  return {
    current: () =>
      withRedis(async () => {
        const transaction = redis.multi().get(names.generation).hgetall(names.current);
        const [generation, versions] = answersOf(await transaction.exec());
        const all = Object.entries(versions as Record<string, string>);
        return {
          generation: Number(generation ?? 0),
          versions: new Map(all.map(([id, text]) => [id, parseFiles(text)])),
        };
      }),

    generation: () => withRedis(async () => Number((await redis.get(names.generation)) ?? 0)),

    watch(onChange) {
      subscriber.on('message', (channel) => {
        if (channel === names.changedChannel) onChange();
      });
      // Messages are lost while disconnected.
      subscriber.on('ready', onChange);
      // Waits for a connection, and fails only when it is closed for good.
      subscriber.subscribe(names.changedChannel).catch(() => undefined);
    },

    filesOf: (id, version) =>
      withRedis(async () => {
        const text = await redis.hget(names.versions(id), version);
        return text === null ? undefined : parseFiles(text);
      }),

    async noteVersion(id, version, files) {
      await withRedis(() => redis.hsetnx(names.versions(id), version, filesJson(files)));
    },

    history: (id) =>
      withRedis(async () => {
        const entries = await redis.lrange(names.history(id), 0, -1);
        return entries.map((text) => JSON.parse(text) as HistoryEntry);
      }),

    async publish(id, { nonce, revision }, entry) {
      const keys = [
        ...[names.draft(id), names.current, names.history(id), names.versions(id)],
        names.generation,
      ];
      const args = [id, nonce, revision, entry.version, filesJson(entry), JSON.stringify(entry)];
      return (await run(publishScript, keys, ...args, names.changedChannel)) === 1;
    },

    async rollBack(id, entry) {
      const keys = [names.draft(id), names.current, names.history(id), names.generation];
      const args = [id, filesJson(entry), JSON.stringify(entry), names.changedChannel];
      return (await run(rollBackScript, keys, ...args)) === 1;
    },

    async remove(id, { at, by }) {
      const keys = [
        ...[names.draft(id), names.drafts, names.current, names.history(id)],
        names.generation,
      ];
      return (await run(removeTemplateScript, keys, id, at, by, names.changedChannel)) === 1;
    },

    async putTrial(id, version, archive) {
      await withRedis(() => redis.set(trialKey(id, version), archive, 'PX', TRIAL_MS));
    },

    trial: (id, version) =>
      withRedis(async () => (await redis.getBuffer(trialKey(id, version))) ?? undefined),
  };
}
