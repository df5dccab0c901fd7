import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { readMapping } from '../../../src/cli/batch-command.js';
import { progressLine } from '../../../src/cli/progress-bar.js';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import {
  E2E_TEMPLATES,
  SERVICE_KEY,
  serviceEnvironment,
  startService,
  type TestService,
} from '../../support/service.js';
import { callCli } from './call-cli.js';

let folder: string;
let csv: string;
const NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-cli-batch-'));
  csv = join(folder, 'rows.csv');
  const columns = Object.keys(colourFields('x'));
  const lines = NAMES.map((name) => [name, ...Object.values(colourFields(name))].join(','));
  await writeFile(csv, [['Name', ...columns].join(','), ...lines].join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function rowsOf(path: string): Promise<Record<string, string>[]> {
  return parse(await readFile(path), { columns: true, bom: true, delimiter: [',', ';'] });
}

describe('cardpress batch, alone', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  it('draws every row and writes the rows back', async () => {
    const dataDir = join(folder, 'data');
    const env = await serviceEnvironment({
      DATA_DIR: dataDir,
      REDIS_URL: `unix://${redis.socketPath}`,
      TEMPLATES_DIR: E2E_TEMPLATES,
      LOG_LEVEL: 'error',
    });
    const out = join(folder, 'new', 'results.csv');
    const { code, stdout, stderr } = await callCli(
      ['batch', csv, '--template', 'colour-code', '--out', out],
      { env },
    );
    expect(stderr).toContain('"Name"');
    expect(stderr).toMatch(/addresses begin with http\S+, where nothing serves them/);
    expect(stdout).toBe('completed: 4 rows: 4 completed\n');
    expect(code).toBe(0);
    const rows = await rowsOf(out);
    expect(rows.map(({ Name }) => Name)).toEqual(NAMES);
    for (const { Name = '', image_url: url = '' } of rows) {
      const file = join(dataDir, new URL(url).pathname);
      expect(await shownColours(await readFile(file))).toEqual(coloursOf(Name));
    }
    expect(await readdir(join(dataDir, 'uploads'))).toEqual([]);
  });
});

describe('cardpress batch, with a server', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service?.stop());
  const call = (...args: string[]) =>
    callCli(['batch', ...args, '--server', service.url], { env: { API_KEY: SERVICE_KEY } });

  it('ends with 1 where rows failed, and gives the pictures as an archive', async () => {
    const mixed = join(folder, 'mixed.csv');
    await writeFile(mixed, 'Headline;Body\nGood;x\n;y\nAlso good;\n');
    const [out, zip] = [join(folder, 'mixed-out.csv'), join(folder, 'mixed.zip')];
    const { code, stdout } = await call(
      ...[mixed, '--template', 'note', '--map', 'title=Headline', '--map', 'body=Body|nothing'],
      ...['--out', out, '--zip', zip, '--name', 'Headline', '--format', 'jpeg'],
    );
    expect(stdout).toBe(
      'partial: 3 rows: 2 completed, 1 failed\nWhy rows failed:\n  1 × invalid_data (title): Title is missing. [row 2]\n',
    );
    expect(code).toBe(1);
    const rows = await rowsOf(out);
    expect(rows.map(({ status }) => status)).toEqual(['completed', 'failed', 'completed']);
    expect(rows[2]?.warnings).toContain('column_fallback_used (body)');
    const archive = await readFile(zip);
    expect(archive.includes('Also good.jpg')).toBe(true);
  });

  it('writes files, the failed rows alone, and the same text on every card', async () => {
    const list = join(folder, 'list.csv');
    await writeFile(list, 'title;who\nOne;Ada/B\nNULL;Grace\n#N/A;Joe\n="0042";Ada/B\n');
    const [cards, failed] = [join(folder, 'cards'), join(folder, 'failed.csv')];
    const { code, stdout } = await call(
      ...[list, '--template', 'note', '--map', 'title=title', '--set', 'body=See you'],
      ...['--files', cards, '--name', 'who', '--failed', failed],
    );
    expect(code).toBe(1);
    expect(stdout).toContain('  2 × invalid_data (title): Title is missing. [rows 2, 3]');
    expect((await readdir(cards)).sort()).toEqual(['Ada-B-2.png', 'Ada-B.png']);
    const rows = await rowsOf(failed);
    expect(rows.map(({ who, status }) => [who, status])).toEqual([
      ['Grace', 'failed'],
      ['Joe', 'failed'],
    ]);

    const headers = { Authorization: `Bearer ${SERVICE_KEY}` };
    const get = async (path: string) =>
      (await fetch(`${service.url}/v1/batches${path}`, { headers })).json();
    const { id } = (await get('?limit=1')).items[0];
    const { failures } = await get(`/${id}`);
    expect(failures).toMatchObject([
      { code: 'invalid_data', field: 'title', count: 2, rows: [2, 3] },
    ]);
    const { items } = await get(`/${id}/items?cause=${failures[0].cause}&limit=5`);
    expect(items.map(({ row }: { row: number }) => row)).toEqual([2, 3]);
    expect((await get(`/${id}/items?code=render_timeout`)).items).toEqual([]);

    // Sent in again: no second columns.
    const again = join(folder, 'again.csv');
    await call(failed, '--template', 'note', '--set', 'body=Again', '--out', again);
    const [first] = await rowsOf(again);
    expect(Object.keys(first ?? {})).toEqual(['title', 'who', 'image_url', 'status', 'warnings']);
  });

  it('says in a sentence what the server refused', async () => {
    const { code, stderr } = await call(csv, '--template', 'colour-cod', '--out', 'x.csv');
    expect(code).toBe(1);
    expect(stderr).toContain('colour-code');
    const wrongKey = await callCli(
      ['batch', csv, '--template', 'note', '--out', 'x.csv', '--server', service.url],
      { env: { API_KEY: 'not the key at all' } },
    );
    expect([wrongKey.code, wrongKey.stderr.includes('key')]).toEqual([1, true]);
  });
});

it.each([
  [[], 'Which file?'],
  [['a.csv'], 'Which design?'],
  [['a.csv', '--template', 'note'], 'Where to?'],
  [['a.csv', 'b.csv', '--template', 'note', '--out', 'x'], 'one file too many'],
  [['a.csv', '--template', 'note', '--out', 'x', '--map', 'title'], '--map title'],
  [['a.csv', '--template', 'note', '--out', 'x', '--set', 'title'], '--set title'],
  [['a.csv', '--template', 'note', '--out', 'x', '--map', 'a=b', '--set', 'a=c'], '--set a'],
])('refuses a call such as %p', async (args, message) => {
  const { code, stderr } = await callCli(['batch', ...args], { env: {} });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

it('reads mappings and shows progress in one line', () => {
  expect(readMapping([])).toBeUndefined();
  expect(readMapping(['title=The = sign', 'name=First|Friend', 'x=Y|'])).toEqual({
    title: 'The = sign',
    name: { column: 'First', fallback: 'Friend' },
    x: { column: 'Y', fallback: '' },
  });
  expect(
    progressLine({ done: 2_500, total: 10_000, bad: 3, ratePerSecond: 14.24, etaSeconds: 527 }),
  ).toBe('[#######---------------------]   2,500 / 10,000   14.2/s   9 min left   3 failed');
});
