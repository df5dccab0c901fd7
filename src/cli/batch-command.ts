import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { loadSettings, type Settings } from '../config/settings.js';
import { DEFAULT_FORMAT, imageFormatNames } from '../formats/image-formats.js';
import { serverAddress } from './ask-server.js';
import { type BatchBody, createBatchClient } from './batch-client.js';
import { writeFiles } from './batch-files.js';
import { batchSummary } from './batch-summary.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { progressLine } from './progress-bar.js';
import { createTerminalLogger } from './terminal-logger.js';

const LOOK_INTERVAL_MS = 500;
const OVER = ['completed', 'partial', 'failed', 'cancelled'];

/**
 * `title=Headline`, and `title=Headline|Read on` with what stands in for an empty cell; constants as
 * `message=See you there`.
 */
export function readMapping(
  pairs: string[],
  constants: string[] = [],
): Record<string, unknown> | undefined {
  if (pairs.length === 0 && constants.length === 0) return undefined;
  const entries = pairs.map((pair) => {
    const [, field, column, fallback] = /^([^=]+)=([^|]+)(?:\|(.*))?$/s.exec(pair) ?? [];
    if (field && column) {
      return [field.trim(), fallback === undefined ? column : { column, fallback }];
    }
    throw new UsageError(`--map ${pair}: expected field=Column, or field=Column|fallback.`);
  });
  const same = constants.map((pair) => {
    const [, field, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (field && value !== undefined) return [field.trim(), { value }];
    throw new UsageError(`--set ${pair}: expected field=value, the same in every row.`);
  });
  const twice = same.find(([field]) => entries.some(([mapped]) => mapped === field));
  if (twice) throw new UsageError(`--set ${twice[0]}: --map reads this field from a column.`);
  return Object.fromEntries([...entries, ...same]);
}

/** A whole service of its own on a free port of the loopback address, on the settings' data. */
async function startOwn(settings: Settings, io: Io) {
  const { startService } = await import('../compose/service.js');
  const { openTemporaryRedis: visitRedis } = await import('../compose/records.js');
  const { createMetrics } = await import('../observability/metrics.js');
  const redis = await visitRedis(settings);
  const own = { ...settings, role: 'all' as const, host: '127.0.0.1', port: 0 };
  const observers = { logger: createTerminalLogger(io), metrics: createMetrics() };
  const service = await startService(own, redis.url, observers);
  return {
    address: { url: `http://127.0.0.1:${service.port}`, key: service.apiKey },
    /** Pictures whose addresses nobody serves when this has ended. */
    unserved: settings.storage.kind === 'file' ? settings.publicUrl : undefined,
    async stop(): Promise<void> {
      await service.stop();
      await redis.stop();
    },
  };
}

async function findServer(values: { server: string | undefined; key: string | undefined }, io: Io) {
  if (values.server === undefined) return startOwn(loadSettings(io.env), io);
  const address = serverAddress(values.server, values.key, io);
  return { address, unserved: undefined, stop: async () => undefined };
}

function line({ total, counts, rate_per_second, eta_seconds }: BatchBody): string {
  const done = counts.completed + counts.reused + counts.failed + counts.review;
  const bad = counts.failed + counts.review;
  return progressLine({
    ...{ done, total, bad },
    ratePerSecond: rate_per_second,
    etaSeconds: eta_seconds,
  });
}

/** Until it is over; Ctrl-C cancels it. */
async function follow(client: ReturnType<typeof createBatchClient>, begun: BatchBody, io: Io) {
  let batch = begun;
  while (!OVER.includes(batch.status)) {
    if (io.stderr.isTTY) await write(io.stderr, `\r\x1b[K${line(batch)}`);
    try {
      await pause(LOOK_INTERVAL_MS, undefined, { signal: io.signal });
      batch = await client.look(batch.id);
    } catch (error) {
      if (!io.signal.aborted) throw error;
      batch = await client.cancel(batch.id);
    }
  }
  if (io.stderr.isTTY) await write(io.stderr, '\r\x1b[K');
  return batch;
}

/** Said where pictures lie in a folder and are written nowhere else. */
function unservedNote(publicUrl: string): string {
  return [
    `note: the addresses begin with ${publicUrl}, where nothing serves them once this has ended.`,
    '      Start the service with the same settings (cardpress start), or take the pictures with you:',
    '      --files <folder> or --zip <file>.',
    '',
  ].join('\n');
}

export const batchCommand = defineCommand({
  name: 'batch',
  summary: 'make an image for every row of a CSV',
  usage: [
    'batch <file.csv> --template <id> [--map field=Column …] [--set field=text …] --out <file>',
  ],
  description: [
    'Reads the CSV in whatever encoding and with whatever delimiter it has, makes a picture for every',
    'row, and writes the rows back with the address of each picture, its status and its warnings.',
    'Rows that cannot be drawn fail alone. Without --map, columns are matched to fields by name.',
    '',
    'With --server a service does the work; without, a service is started for as long as it takes, on',
    'the settings (see docs/settings.md), and the pictures are where these keep them: nobody serves',
    'their addresses afterwards, so take them with --files or --zip. Ctrl-C cancels the batch and still',
    'writes what is there. At the end failed rows are counted by cause; --failed writes them into a list',
    'of their own. The exit code is 0 only when no row failed.',
  ].join('\n'),
  options: {
    template: { type: 'string', value: 'id', doc: 'the design to use' },
    map: {
      type: 'string',
      value: 'field=Column',
      multiple: true,
      doc: 'the column of a field; "field=Column|text" fills empty cells',
    },
    set: {
      type: 'string',
      value: 'field=text',
      multiple: true,
      doc: 'a field that is the same in every row',
    },
    out: { type: 'string', value: 'file', doc: 'where the rows go with their addresses (CSV)' },
    zip: { type: 'string', value: 'file', doc: 'all pictures as one archive' },
    files: { type: 'string', value: 'folder', doc: 'all pictures as files in a folder' },
    failed: { type: 'string', value: 'file', doc: 'the failed rows alone, with the reasons (CSV)' },
    name: { type: 'string', value: 'Column', doc: 'names the pictures in archive and folder' },
    size: { type: 'string', value: 'name', doc: "one of the template's sizes" },
    format: {
      type: 'string',
      value: imageFormatNames.join('|'),
      doc: `default: ${DEFAULT_FORMAT}`,
    },
    'on-missing': {
      type: 'string',
      value: 'fallback|reject|review',
      doc: 'what rows lead to that the template cannot mend',
    },
    encoding: {
      type: 'string',
      value: 'name',
      doc: 'of the CSV, such as windows-1250; default: found by looking',
    },
    decimal: {
      type: 'string',
      value: ',|.',
      doc: 'the decimal mark of numbers that can be read in two ways',
    },
    'date-order': {
      type: 'string',
      value: 'dmy|mdy|ymd',
      doc: 'the order of dates that can be read in several ways',
    },
    server: { type: 'string', value: 'url', doc: 'a running service to do the work' },
    key: { type: 'string', value: 'key', doc: 'its API key; default: API_KEY' },
    json: { type: 'boolean', doc: 'print the batch as JSON at the end' },
  },
  examples: [
    {
      line: 'batch guests.csv --template event --map title=Event --map name=Name --out results.csv',
      does: 'Here and now',
    },
    {
      line: "batch guests.csv --template event --set message='See you there' --files cards --name Email",
      does: 'The same words on every card; a folder of pictures named by e-mail address',
    },
    {
      line: 'batch guests.csv --template event --zip cards.zip --name Email --server https://cards.example.com',
      does: 'On a server; an archive of pictures named by e-mail address',
    },
  ],

  async run({ positionals, values }, io): Promise<ExitCode> {
    const [file, more] = positionals;
    if (!file) throw new UsageError('Which file? Give a CSV, such as guests.csv.');
    if (more !== undefined) throw new UsageError(`"${more}" is one file too many.`);
    const { template, out } = values;
    if (!template) throw new UsageError('Which design? Give --template, such as article.');
    if (!out && !values.zip && !values.files) {
      throw new UsageError('Where to? Give --out results.csv.');
    }
    const mapping = readMapping(values.map ?? [], values.set ?? []);
    if (!(await stat(file).catch(() => undefined))?.isFile()) {
      throw new Error(`There is no file "${file}".`);
    }
    const fields = {
      template,
      ...(mapping ? { mapping: JSON.stringify(mapping) } : {}),
      ...(values.size ? { size: values.size } : {}),
      ...(values.format ? { output: JSON.stringify({ format: values.format }) } : {}),
      ...(values['on-missing'] ? { on_missing: values['on-missing'] } : {}),
      ...(values.encoding ? { encoding: values.encoding } : {}),
      ...(values.decimal ? { decimal: values.decimal } : {}),
      ...(values['date-order'] ? { date_order: values['date-order'] } : {}),
    };
    const server = await findServer(values, io);
    try {
      const client = createBatchClient(server.address, io.signal);
      const begun = await client.begin(file, fields);
      await write(io.stderr, begun.notes.map((note) => `note: ${note}\n`).join(''));
      const batch = await follow(client, begun, io);
      if (out) await client.save(batch.id, 'csv', out);
      if (values.zip) {
        const query = values.name ? `?name=${encodeURIComponent(values.name)}` : '';
        await client.save(batch.id, 'zip', values.zip, query);
      }
      if (values.failed && batch.counts.failed > 0) {
        await client.save(batch.id, 'csv', values.failed, '?status=failed');
      }
      if (values.files) {
        await writeFiles(await client.results(batch.id), {
          ...{ folder: values.files, nameColumn: values.name, total: batch.total },
          open: (address) => client.picture(address, server.unserved),
        });
      }
      if (server.unserved && !values.files && !values.zip) {
        await write(io.stderr, unservedNote(server.unserved));
      }
      await write(io.stdout, values.json ? `${JSON.stringify(batch)}\n` : batchSummary(batch));
      return batch.status === 'completed' ? 0 : 1;
    } finally {
      await server.stop();
    }
  },
});
