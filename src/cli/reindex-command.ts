import { loadSettings } from '../config/settings.js';
import type { ReindexCounts } from '../images/reindex.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';

const EVERY_MS = 500;
/** Where nobody watches (a log, a CI run), a line now and then is enough. */
const EVERY_LOGGED_MS = 10_000;

const n = (value: number) => value.toLocaleString('en');

function progressLine(counts: Readonly<ReindexCounts>): string {
  return `${n(counts.objects)} objects, ${n(counts.restored)} restored`;
}

function createProgress(io: Io): (counts: Readonly<ReindexCounts>) => void {
  const terminal = io.stderr.isTTY === true;
  let shownAt = performance.now();
  return (counts) => {
    if (performance.now() < shownAt + (terminal ? EVERY_MS : EVERY_LOGGED_MS)) return;
    shownAt = performance.now();
    const line = progressLine(counts);
    write(io.stderr, terminal ? `\r\x1b[K${line}` : `${line}\n`).catch(() => undefined);
  };
}

function summary(counts: ReindexCounts): string {
  const { objects, restored, present, foreign, deletions, removed } = counts;
  return [
    `${n(objects)} objects in the storage`,
    `  ${n(restored)} records restored`,
    `  ${n(present)} were there already`,
    ...(foreign > 0 ? [`  ${n(foreign)} are no pictures of Cardpress and were left alone`] : []),
    ...(deletions > 0 ? [`  ${n(deletions)} deleted images stay deleted`] : []),
    ...(removed > 0
      ? [`  ${n(removed)} pictures of deleted images were left over and removed`]
      : []),
    '',
  ].join('\n');
}

export const reindexCommand = defineCommand({
  name: 'reindex',
  summary: 'rebuild the index in Redis from the stored pictures',
  usage: ['reindex [--json]'],
  description: [
    'For a Redis that lost its data: goes through every object of the storage and writes a record where',
    'Redis has none, so that the picture is found, listed and reused again. Records that are there,',
    'finished or under way, are left as they are. Images that were deleted stay deleted. May run beside',
    'the service, and again at any time.',
    'Field values are not kept with pictures: restored records have none.',
  ].join('\n'),
  options: { json: { type: 'boolean', doc: 'print the counts as JSON' } },
  examples: [{ line: 'reindex', does: 'With the settings of the service' }],

  async run({ positionals, values }, io): Promise<ExitCode> {
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" has no meaning here.`);
    const settings = loadSettings(io.env);
    const { composeRecords, openTemporaryRedis: visitRedis } = await import(
      '../compose/records.js'
    );
    const { composeStorage } = await import('../compose/storage.js');
    const { reindex } = await import('../images/reindex.js');
    const storage = await composeStorage(settings);
    const redis = await visitRedis(settings);
    try {
      const records = await composeRecords(redis.url);
      try {
        const counts = await reindex({
          store: storage.store,
          records: records.records,
          onProgress: createProgress(io),
          signal: io.signal,
        });
        if (io.stderr.isTTY) await write(io.stderr, '\r\x1b[K');
        if (io.signal.aborted) await write(io.stderr, 'Stopped early; it can be run again.\n');
        await write(io.stdout, values.json ? `${JSON.stringify(counts)}\n` : summary(counts));
        return io.signal.aborted ? 1 : 0;
      } finally {
        await records.close();
      }
    } finally {
      await redis.stop();
      await storage.store.close();
    }
  },
});
