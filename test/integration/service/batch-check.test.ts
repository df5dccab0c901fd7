import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { formOf } from '../../support/batch-client.js';
import { startService, type TestService } from '../../support/service.js';

let service: TestService;
let pictures: AssetServer;

beforeAll(async () => {
  const red = sharp({ create: { width: 90, height: 90, channels: 3, background: '#ff0000' } });
  pictures = await startAssetServer(await red.png().toBuffer());
  service = await startService({ env: { EGRESS_ALLOW: pictures.allow } });
});
afterAll(async () => {
  await service?.stop();
  await pictures?.close();
});

describe('POST /v1/batches/check', () => {
  it('tells of every row of a CSV, and stores, draws and queues nothing', async () => {
    const good = Array.from({ length: 120 }, (_, i) => `Title ${i},${pictures.url('/a.png')}`);
    const lines = [
      'Title,Logo',
      ...good,
      `Title 0,${pictures.url('/a.png')}`,
      `,${pictures.url('/a.png')}`,
      `Broken logo,${pictures.url('/missing.png')}`,
      'one,cell,too many',
      `${'long '.repeat(40)},${pictures.url('/a.png')}`,
      `مرحبا بالعالم,${pictures.url('/a.png')}`,
      `Party 🎉,${pictures.url('/a.png')}`,
    ];
    const { body, headers } = formOf(lines.join('\n'), {
      template: 'note',
      mapping: '{"title":"Title","logo":"Logo"}',
    });
    const answer = await service.api('/v1/batches/check', { method: 'POST', body, headers });
    expect(answer.status).toBe(200);
    const report = answer.json;
    expect(report).toMatchObject({ total: 127, refused: 2 });
    expect(report.ok + report.with_warnings + report.refused).toBe(127);
    expect(report.duplicates).toEqual([{ rows: [1, 121], count: 2 }]);
    expect(report.pictures.distinct).toBe(2);
    expect(report.pictures.failing).toMatchObject([{ code: 'asset_not_found', rows: [123] }]);
    expect(pictures.requests).toBe(2);
    const bad = new Map<number, { line: number; items: { code: string; field?: string }[] }>(
      report.problems.map((problem: { row: number }) => [problem.row, problem]),
    );
    expect([...bad.keys()]).toEqual([122, 123, 124, 125]);
    expect(bad.get(122)?.items).toMatchObject([{ field: 'title', code: 'invalid_data' }]);
    expect(bad.get(124)).toMatchObject({ line: 125, items: [{ code: 'row_unreadable' }] });
    expect(bad.get(125)?.items.map(({ code }) => code)).toContain('truncated');
    const reasons = report.worth_a_look.flatMap((one: { reasons: string[] }) => one.reasons);
    for (const reason of ['longest', 'right_to_left', 'emoji', 'failing_picture']) {
      expect(reasons).toContain(reason);
    }
    expect(report.worth_a_look.length).toBeLessThanOrEqual(12);

    expect(await service.drawn()).toBe(0);
    expect((await service.api('/v1/images')).json.items).toEqual([]);
    expect((await service.api('/v1/batches')).json.items).toEqual([]);
    expect(await service.queue.waiting()).toBe(0);
  });

  it('takes JSON as well, and shows the rows that are worth a look where asked', async () => {
    const items = [
      { data: { title: 'One' }, ref: 'a' },
      { data: {}, ref: 'b' },
    ];
    const answer = await service.api('/v1/batches/check?previews=true', {
      body: { template: 'note', items },
    });
    expect(answer.json).toMatchObject({ total: 2, refused: 1, problems: [{}, { ref: 'b' }] });
    const shown = answer.json.worth_a_look.find((one: { ref: string }) => one.ref === 'a');
    const picture = Buffer.from(shown.preview.split(',')[1], 'base64');
    expect(await sharp(picture).metadata()).toMatchObject({ width: 480 });
  });

  it('reads numbers, dates and letters as the file shows or the form says', async () => {
    const check = async (csv: Buffer, parts: Record<string, string>) => {
      const { body, headers } = formOf(csv, { template: 'note', ...parts });
      const { status, json } = await service.api('/v1/batches/check', {
        ...{ method: 'POST', body, headers },
      });
      return { status, ...json };
    };
    const list = Buffer.from('title,count,published\nA,1.299,03/04/2026\nB,2.499,03/04/2026\n');
    const open = await check(list, {});
    expect(open).toMatchObject({ status: 200, total: 2, refused: 2 });
    expect(open.file_notes).toEqual([
      expect.stringMatching(/^Column "count": 2 cells such as "1.299" are refused/),
      expect.stringMatching(/^Column "published": 2 cells such as "03\/04\/2026" are refused/),
    ]);
    const told = await check(list, { decimal: '.', date_order: 'dmy' });
    expect(told).toMatchObject({ total: 2, refused: 0 });
    expect(told.file_notes.join('\n')).toContain('as the request says');

    const polish = Buffer.from('title\n\x8eaneta\n', 'latin1');
    expect((await check(polish, {})).status).toBe(422);
    expect(await check(polish, { encoding: 'windows-1250' })).toMatchObject({ refused: 0 });
    const wrong = await check(polish, { encoding: 'windows-125' });
    expect(wrong).toMatchObject({ status: 422, errors: [{ path: 'encoding' }] });
    const garbled = await check(Buffer.from('title\nMÃ¼ller\n'), {});
    expect(garbled.problems[0].items[0]).toMatchObject({ field: 'title', code: 'text_garbled' });
  });

  it('refuses what a batch would refuse', async () => {
    const wrong = await service.api('/v1/batches/check', {
      body: { template: 'nothing', items: [] },
    });
    expect(wrong.status).toBe(422);
    const unknown = await service.api('/v1/batches/check', {
      body: { template: 'nothing', items: [{ data: {} }] },
    });
    expect([unknown.status, unknown.json.code]).toEqual([404, 'template_not_found']);
  });
});
