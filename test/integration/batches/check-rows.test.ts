import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import sharp from 'sharp';
import type { BatchCheckReport } from '../../../src/batches/batch-check-report.js';
import {
  type BatchCheckDeps,
  type BatchCheckOptions,
  createBatchCheck,
} from '../../../src/batches/check-rows.js';
import type { CheckRow } from '../../../src/batches/resolve-check-row.js';
import { createThumbnailer } from '../../../src/encode/draw-thumbnail.js';
import { AppError } from '../../../src/errors/app-error.js';
import { batchCheckReportSchema } from '../../../src/http/schemas/batch-check.js';
import { createMeasurer, handleMeasure, type MeasureJobData } from '../../../src/queue/measurer.js';
import { createProber, handleProbe, type ProbeJobData } from '../../../src/queue/prober.js';
import { createRequestQueue } from '../../../src/queue/request-from-worker.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { invalidRows } from '../../support/invalid-rows.js';
import { countCommands, type Measuring, startMeasuring } from '../../support/measuring.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { startTrap, type Trap } from '../../support/trap-server.js';
import { until } from '../../support/until.js';

/* The whole way: rows, queue, worker, a real page, a real host of pictures. */

type Data = MeasureJobData | ProbeJobData;

let redis: RedisServer;
let requests: Redis;
let work: Redis;
let queue: Queue<Data>;
let worker: Worker<Data>;
let pictures: AssetServer;
let trap: Trap;
let measuring: Measuring;
let commands: string[];
const measuredSpecs: string[] = [];

const CAPTURE = 'Page.captureScreenshot';

beforeAll(async () => {
  const side = 64;
  const picture = sharp({ create: { width: side, height: side, channels: 3, background: '#357' } });
  pictures = await startAssetServer(await picture.png().toBuffer());
  trap = await startTrap();
  measuring = await startMeasuring({ egressAllow: [pictures.allow] });
  commands = await countCommands(measuring.engine);
  redis = await startRedis();
  requests = connectForRequests(`unix://${redis.socketPath}`);
  work = connectForWork(`unix://${redis.socketPath}`);
  await until(() => requests.status === 'ready');
  queue = new Queue<Data>('checks', { connection: requests, skipVersionCheck: true });
  const never = new AbortController().signal;
  worker = new Worker<Data>(
    'checks',
    async (job) => {
      if (job.data.kind === 'measure') {
        measuredSpecs.push(...job.data.specs.map((spec) => JSON.stringify(spec)));
        await handleMeasure(job as Job<MeasureJobData>, work, measuring.measure, never);
      } else await handleProbe(job as Job<ProbeJobData>, work, measuring.probe, never);
    },
    { connection: work, concurrency: 4, skipVersionCheck: true },
  );
});
afterAll(async () => {
  await worker?.close();
  await queue?.close();
  requests?.disconnect();
  work?.disconnect();
  await redis?.stop();
  await measuring?.stop();
  await pictures?.close();
  await trap?.close();
});

async function* each<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

function deps(more: Partial<BatchCheckDeps> = {}): BatchCheckDeps {
  const connect = () => connectForWork(`unix://${redis.socketPath}`);
  const options = { timeoutMs: 60_000 };
  return {
    registry: measuring.registry,
    prepare: measuring.prepare,
    measure: createMeasurer(createRequestQueue(queue), connect, options).measure,
    probe: createProber(createRequestQueue(queue), connect, options).probe,
    async preview(spec, signal) {
      const { encoded, warnings } = await measuring.draw(spec, signal);
      return { ...encoded, warnings };
    },
    thumbnail: createThumbnailer().thumbnail,
    chunkRows: 25,
    concurrency: 3,
    ...more,
  };
}

/** The report, as it goes through the schema that documents it. */
async function check(
  rows: CheckRow[],
  options: Partial<BatchCheckOptions> = {},
  more: Partial<BatchCheckDeps> = {},
): Promise<BatchCheckReport> {
  const report = await createBatchCheck(deps(more))(each(rows), {
    template: 'article',
    signal: new AbortController().signal,
    ...options,
  });
  expect(batchCheckReportSchema.parse(report)).toEqual(report);
  return report;
}

const row = (n: number, data: unknown, more: Partial<CheckRow> = {}): CheckRow => ({
  row: n,
  data,
  ...more,
});

const titled = (n: number) => ({
  title: `A title of the usual length, number ${n}`,
  author: 'Ann',
});

describe('300 dirty rows', () => {
  const INFO = /^(case_changed|control_characters_removed|choice_matched|font_stepped_in):/;
  const told = (items: { code: string; field?: string }[]) =>
    [...new Set(items.map(({ code, field }) => `${code}:${field ?? ''}`))].sort();

  it('have problems exactly where they deserve them, and exactly those', async () => {
    const rows = invalidRows(300, 20261121).map((dirty, i) => ({ ...dirty, row: i + 1 }));
    let problems = 0;
    for (const template of ['article', 'product', 'certificate']) {
      const own = rows.filter((dirty) => dirty.template === template);
      const report = await check(own, { template, onMissing: 'fallback' });

      const bad = own.filter(({ deserved }) => deserved.some((one) => !INFO.test(one)));
      expect(report.problems.map((p) => [p.row, told(p.items)])).toEqual(
        bad.map(({ row: n, deserved }) => [n, deserved]),
      );
      const noted = own.flatMap(({ deserved }) => deserved.filter((one) => INFO.test(one)));
      expect(
        report.notes.flatMap((n) => Array(n.count).fill(`${n.code}:${n.field ?? ''}`)).sort(),
      ).toEqual(noted.sort());
      expect(report).toMatchObject({
        total: own.length,
        ok: own.length - bad.length,
        with_warnings: bad.length,
        refused: 0,
      });
      problems += bad.length;
    }
    expect(problems).toBeGreaterThan(100);
  }, 120_000);

  it('are refused, field by field, where the template is to mend nothing', async () => {
    const rows = invalidRows(60, 7).filter((dirty) => dirty.template === 'product');
    const own = rows.map((dirty, i) => ({ ...dirty, row: i + 1 }));
    const report = await check(own, { template: 'product', onMissing: 'reject' });
    const lost = own.filter(({ deserved }) => deserved.join() === 'fallback_template_used:');
    expect(lost.length).toBeGreaterThan(0);
    for (const { row: n, data } of lost) {
      const field = data.price === 'on request' ? 'price' : 'name';
      expect(report.problems.find((p) => p.row === n)?.items).toMatchObject([
        { code: 'invalid_data', field, severity: 'error' },
      ]);
    }
    expect(report.refused).toBeGreaterThanOrEqual(lost.length);
    expect(report.total).toBe(report.ok + report.with_warnings + report.refused);
  });
});

describe('the pictures of a table', () => {
  it('are each looked at once, whatever number of rows show them, and no forbidden one is', async () => {
    const before = pictures.requests;
    const inside = `http://127.0.0.1:${trap.port}/inside.png?token=secret`;
    const logo = pictures.url('/logo.png');
    const rows = Array.from({ length: 120 }, (_, i) => {
      const cover =
        i % 4 === 0 ? pictures.url(`/cover-${i}.png`) : pictures.url('/missing.png?k=1');
      return row(i + 1, { ...titled(i), logo: i === 60 ? inside : logo, cover });
    });
    const report = await check(rows);

    expect(report.pictures.distinct).toBe(30 + 1 + 1 + 1);
    // All but the forbidden one, though several chunks with them were under way at once.
    expect(pictures.requests - before).toBe(30 + 1 + 1);
    expect(trap.connections).toBe(0);
    const host = `127.0.0.1:${pictures.port}`;
    expect(report.pictures.failing).toMatchObject([
      { url: `${host}/missing.png`, code: 'asset_not_found', count: 90 },
      { url: `127.0.0.1:${trap.port}/inside.png`, code: 'asset_forbidden', rows: [61], count: 1 },
    ]);
    expect(report.pictures.failing[0]?.rows).toEqual([2, 3, 4, 6, 7, 8, 10, 11, 12, 14]);
    expect(JSON.stringify(report)).not.toMatch(/secret|k=1/);
    expect(report.problems.find((p) => p.row === 61)?.items).toMatchObject([
      { code: 'picture_failed', field: 'logo', message: expect.stringMatching(/left out\.$/) },
    ]);
  });

  it('are no load for the queue, even where they stand in the data itself', async () => {
    measuredSpecs.length = 0;
    const bytes = await sharp(Buffer.alloc(300 * 300 * 3, 'noise'), {
      raw: { width: 300, height: 300, channels: 3 },
    })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const logo = `data:image/png;base64,${bytes.toString('base64')}`;
    const broken = `data:image/png;base64,${Buffer.from('no picture').toString('base64')}`;
    const report = await check([
      row(1, { ...titled(1), logo }),
      row(2, { ...titled(2), logo }),
      row(3, { ...titled(3), logo: broken }),
    ]);
    expect(report.pictures).toMatchObject({
      distinct: 2,
      failing: [{ url: 'data:image/png;base64,…', code: 'asset_invalid', rows: [3], count: 1 }],
    });
    expect(measuredSpecs).toHaveLength(3);
    expect(Math.max(...measuredSpecs.map((spec) => spec.length))).toBeLessThan(3_000);
  });

  it('that fail are laid out as the render will show them', async () => {
    // In a card without its cover the type takes the room.
    const title =
      'A title that is exactly as long as the room beside a cover does not bear it '.repeat(2);
    const rows = [
      row(1, { title, cover: pictures.url('/missing.png') }),
      row(2, { title, cover: '' }),
      row(3, { title, cover: pictures.url('/there.png') }),
    ];
    const laidOut: string[] = [];
    await check(
      rows,
      {},
      {
        measure: async (specs, signal) => {
          laidOut.push(...specs.map(({ fields }) => String(fields.cover)));
          return measuring.measure(specs, signal);
        },
      },
    );
    expect(laidOut).toEqual(['', '', 'data:,']);
  });
});

describe('rows that are alike', () => {
  it('are told, and measured once', async () => {
    measuredSpecs.length = 0;
    const rows = Array.from({ length: 90 }, (_, i) => row(i + 1, titled(i % 40)));
    rows[79] = row(80, { ...titled(39), title: `  ${titled(39).title} ` });
    const report = await check(rows, {}, { chunkRows: 10 });
    expect(measuredSpecs).toHaveLength(40);
    expect(report.duplicates).toHaveLength(40);
    expect(report.duplicates[0]).toEqual({ rows: [1, 41, 81], count: 3 });
    expect(report.duplicates[39]).toEqual({ rows: [40, 80], count: 2 });
  });

  it('each have the warnings of their picture, and their own', async () => {
    const data = { ...titled(1), author: 'ANN LEE', title: 'Glyphs \u{1f8ff} are missing' };
    const report = await check([
      row(1, data),
      row(2, { ...data, author: 'Ann Lee' }),
      row(3, data),
    ]);
    const codes = report.problems.map(({ row: n, items }) => [n, items.map(({ code }) => code)]);
    expect(codes).toEqual([
      [1, ['case_changed', 'glyph_missing']],
      [2, ['glyph_missing']],
      [3, ['case_changed', 'glyph_missing']],
    ]);
    expect(report.worth_a_look.map(({ row: n }) => n)).toEqual([1]);
  });
});

describe('the rows worth a look', () => {
  const LONG = 'Everything that can be said about a subject in the room of one title, said at once';
  const planted = new Map<number, [reason: string, data: Record<string, unknown>]>([
    [17, ['longest', { title: LONG.repeat(2).slice(0, 139), author: 'Someone With Many Names' }]],
    [33, ['emptiest', { title: 'A' }]],
    [50, ['right_to_left', { title: 'مرحبا بكم في موقعنا الجديد', author: 'Ann' }]],
    [71, ['emoji', { title: 'Party 🎉🎊 for 👩‍💻 people', author: 'Ann' }]],
    [
      95,
      [
        'most_warnings',
        {
          title: 'Odd \u{1f8ff}',
          author: 'Odd \u{1f8ff}',
          theme: 'sepia',
          accent: 'x',
          date: 'soon',
        },
      ],
    ],
  ]);
  const rows = () => {
    const failing = {
      ...titled(90),
      logo: pictures.url('/missing-1'),
      cover: pictures.url('/missing-2'),
    };
    planted.set(90, ['failing_picture', failing]);
    return Array.from({ length: 150 }, (_, i) => {
      const ref = { ref: `sku-${i + 1}`, line: i + 2 };
      return row(i + 1, planted.get(i + 1)?.[1] ?? titled(i), ref);
    });
  };

  it('hold every planted one with its reason, twelve different ones in all, and nothing is drawn', async () => {
    const captures = commands.filter((c) => c === CAPTURE).length;
    const { worth_a_look: worth } = await check(rows());
    expect(worth).toHaveLength(12);
    expect(new Set(worth.map(({ row: n }) => n)).size).toBe(12);
    for (const [n, [reason]] of planted) {
      const found = worth.find((one) => one.row === n);
      expect(found).toMatchObject({ ref: `sku-${n}`, line: n + 1 });
      expect(found?.reasons).toContain(reason);
    }
    expect(
      worth
        .slice(0, 6)
        .map(({ row: n }) => n)
        .sort((a, b) => a - b),
    ).toEqual([...planted.keys()].sort((a, b) => a - b));
    expect(worth.every(({ preview }) => preview === undefined)).toBe(true);
    expect(commands.filter((c) => c === CAPTURE).length).toBe(captures);
  });

  it('come with their pictures where that is asked, small, and with what only pixels tell', async () => {
    const grey = { ...titled(1), accent: '#ffffff' };
    const report = await check([row(1, grey), row(2, titled(2))], { previews: true });
    for (const { preview } of report.worth_a_look) {
      const [, base64 = ''] = /^data:image\/webp;base64,(.+)$/.exec(preview ?? '') ?? [];
      const { width, format } = await sharp(Buffer.from(base64, 'base64')).metadata();
      expect([width, format]).toEqual([480, 'webp']);
    }
    expect(report.worth_a_look).toHaveLength(2);
  });

  it('are told without a picture that cannot be drawn: the report is worth more', async () => {
    const { worth_a_look: worth, total } = await check(
      [row(1, titled(1)), row(2, titled(2))],
      { previews: true },
      {
        async preview(spec, signal) {
          if (String(spec.fields.title).endsWith('number 1')) {
            throw new AppError('render_timeout', { detail: 'Too slow.' });
          }
          const { encoded } = await measuring.draw(spec, signal);
          return {
            ...encoded,
            warnings: [{ code: 'low_contrast', field: 'title', message: 'Pale.' }],
          };
        },
      },
    );
    expect(total).toBe(2);
    const one = worth.find(({ row: n }) => n === 1);
    expect(one?.preview).toBeUndefined();
    expect(one?.warnings).toEqual([
      { code: 'render_timeout', severity: 'error', message: 'Too slow.' },
    ]);
    expect(worth.find(({ row: n }) => n === 2)?.warnings).toMatchObject([{ code: 'low_contrast' }]);
  });
});

describe('a check', () => {
  it('of no rows is an empty report', async () => {
    expect(await check([])).toEqual({
      total: 0,
      ok: 0,
      with_warnings: 0,
      refused: 0,
      duplicates: [],
      pictures: { distinct: 0, failing: [] },
      problems: [],
      refused_by: [],
      notes: [],
      worth_a_look: [],
    });
  });

  it('refuses a row that could not be read, or that is no data, and goes on', async () => {
    const ragged = {
      code: 'row_unreadable' as const,
      message: 'Line 3 has 4 cells.',
      severity: 'error' as const,
    };
    const report = await check([
      row(1, titled(1), { line: 2 }),
      row(2, {}, { line: 3, problems: [ragged] }),
      row(3, 'text', { line: 4, ref: 'x' }),
      row(4, { ...titled(4), colour: 'red', 'no field': 1 }),
      row(5, titled(5), {
        problems: [{ code: 'column_fallback_used', field: 'author', message: 'm' }],
      }),
    ]);
    expect(report).toMatchObject({ total: 5, ok: 1, with_warnings: 1, refused: 3 });
    expect(report.problems).toMatchObject([
      { row: 2, line: 3, items: [ragged] },
      { row: 3, line: 4, ref: 'x', items: [{ code: 'invalid_data' }] },
      { row: 4, items: [{ field: 'colour' }, { message: expect.stringContaining('no field') }] },
      { row: 5, items: [{ code: 'column_fallback_used', field: 'author', severity: 'warning' }] },
    ]);
  });

  it('reads no further than the chunks that are under way', async () => {
    let read = 0;
    let released = false;
    const waiting: (() => void)[] = [];
    async function* many(): AsyncGenerator<CheckRow> {
      for (read = 0; read < 200; read += 1) yield row(read + 1, titled(read));
    }
    const checking = createBatchCheck(
      deps({
        chunkRows: 10,
        concurrency: 3,
        async measure(specs) {
          if (!released) await new Promise<void>((resolve) => waiting.push(resolve));
          return specs.map(() => []);
        },
      }),
    )(many(), { template: 'article', signal: new AbortController().signal });
    await until(() => waiting.length === 3);
    expect(read).toBeLessThanOrEqual(30);
    released = true;
    for (const goOn of waiting) goOn();
    expect((await checking).total).toBe(200);
  });

  it('ends when it is cancelled, lets go of its rows, and leaves no job', async () => {
    const end = new AbortController();
    let letGo = false;
    async function* endless(): AsyncGenerator<CheckRow> {
      try {
        for (let n = 1; ; n += 1) {
          if (n === 200) end.abort();
          yield row(n, titled(n));
        }
      } finally {
        letGo = true;
      }
    }
    const checking = createBatchCheck(deps())(endless(), {
      template: 'article',
      signal: end.signal,
    });
    await expect(checking).rejects.toMatchObject({ code: 'cancelled' });
    expect(letGo).toBe(true);
    await until(async () => (await queue.count()) === 0);
  });

  it.each([
    ['the template', { template: 'articel' }, 'template_not_found'],
    ['the size', { size: 'huge' }, 'invalid_request'],
  ])('fails as a whole where %s does not exist', async (_, options, code) => {
    await expect(check([row(1, titled(1))], options)).rejects.toMatchObject({ code });
  });

  it('fails with what reading the rows, measuring or probing failed with', async () => {
    const error = new AppError('invalid_request', { detail: 'A quote is not closed.' });
    async function* broken(): AsyncGenerator<CheckRow> {
      yield row(1, titled(1));
      throw error;
    }
    const signal = new AbortController().signal;
    const failing = async () => {
      throw error;
    };
    const options = { template: 'article', signal };
    await expect(createBatchCheck(deps())(broken(), options)).rejects.toBe(error);
    await expect(check([row(1, titled(1))], {}, { measure: failing })).rejects.toBe(error);
    const withLogo = row(1, { ...titled(1), logo: pictures.url() });
    await expect(check([withLogo], {}, { probe: failing })).rejects.toBe(error);
  });
});
