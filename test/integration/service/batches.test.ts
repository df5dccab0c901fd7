import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import yauzl from 'yauzl';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { formOf, readEvents, untilOver } from '../../support/batch-client.js';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;
let pictures: AssetServer;

beforeAll(async () => {
  const red = sharp({ create: { width: 40, height: 40, channels: 3, background: '#ff0000' } });
  pictures = await startAssetServer(await red.png().toBuffer());
  service = await startService({ env: { EGRESS_ALLOW: pictures.allow, BATCH_MAX_ROWS: '300' } });
});
afterAll(async () => {
  pictures?.release();
  await service?.stop();
  await pictures?.close();
});

const items = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ref: `${prefix}-${i}`,
    data: colourFields(`${prefix}-${i}`),
  }));
const begin = (body: unknown, headers: Record<string, string> = {}) =>
  service.api('/v1/batches', { body, headers });
const look = async (id: string) => (await service.api(`/v1/batches/${id}`)).json;
const itemsOf = async (id: string, query = '') =>
  (await service.api(`/v1/batches/${id}/items?limit=1000${query}`)).json.items;
const picture = async (url: string) => (await service.api(new URL(url).pathname)).bytes;

function csvOf(rows: Record<string, string>[], columns: string[]): string {
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const lines = rows.map((row) => columns.map((column) => quote(row[column] ?? '')).join(';'));
  return [columns.join(';'), ...lines].join('\n');
}

function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (!zip) return reject(error);
      const files = new Map<string, Buffer>();
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, (failure, stream) => {
          if (!stream) return reject(failure);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            files.set(entry.fileName, Buffer.concat(chunks));
            zip.readEntry();
          });
        });
      });
      zip.on('end', () => resolve(files));
      zip.readEntry();
    });
  });
}

describe('a batch from a CSV', () => {
  const COLUMNS = ['Wer', ...Object.keys(colourFields('x')).map((name) => `Farbe ${name}`)];
  const rowOf = (text: string) => ({
    Wer: text,
    ...Object.fromEntries(
      Object.entries(colourFields(text)).map(([name, value]) => [`Farbe ${name}`, value]),
    ),
  });
  const mapping = JSON.stringify(
    Object.fromEntries(Object.keys(colourFields('x')).map((name) => [name, `Farbe ${name}`])),
  );

  it('gives every row its own picture, and the rows back in every form', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `Gast ${i}`);
    names[7] = '=SUM(A1)';
    names[8] = 'a/b:c';
    const { body, headers } = formOf(csvOf(names.map(rowOf), COLUMNS), {
      template: 'colour-code',
      mapping,
    });
    const begun = await service.api('/v1/batches', { method: 'POST', body, headers });
    expect(begun.status).toBe(202);
    expect(begun.headers.location).toBe(`/v1/batches/${begun.json.id}`);
    expect(begun.json).toMatchObject({ total: 60, columns: COLUMNS, finished_at: null });
    const batch = await untilOver(service.api, begun.json.id);
    expect(batch).toMatchObject({ status: 'completed', counts: { completed: 60 }, eta_seconds: 0 });
    expect(batch.finished_at).toMatch(/^\d{4}-/);

    const results = `/v1/batches/${batch.id}/results`;
    const csv = await service.api(`${results}.csv`);
    // As the list was written.
    const rows = parse(csv.bytes, { columns: true, bom: true, delimiter: ';' }) as Record<
      string,
      string
    >[];
    expect(Object.keys(rows[0] ?? {})).toEqual([...COLUMNS, 'image_url', 'status', 'warnings']);
    expect(rows.map(({ Wer }) => Wer)).toEqual(names.map((n) => (n === '=SUM(A1)' ? `'${n}` : n)));
    for (const [i, row] of rows.entries()) {
      expect(row.status).toBe('completed');
      expect(await shownColours(await picture(row.image_url ?? ''))).toEqual(
        coloursOf(names[i] ?? ''),
      );
    }

    const json = (await service.api(`${results}.json`)).json;
    expect(json.map((row: { row: number }) => row.row)).toEqual(names.map((_, i) => i + 1));
    expect(json[7].input.Wer).toBe('=SUM(A1)');
    const lines = (await service.api(`${results}.jsonl`)).bytes.toString().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(json);

    const zip = await service.api(`${results}.zip?name=Wer`);
    const files = await unzip(zip.bytes);
    expect(files.size).toBe(60);
    expect([...files.keys()].slice(7, 9)).toEqual(['=SUM(A1).png', 'a-b-c.png']);
    expect(await shownColours(files.get('Gast 3.png') ?? Buffer.alloc(0))).toEqual(
      coloursOf('Gast 3'),
    );
    const wrong = await service.api(`${results}.zip?name=Wo`);
    expect([wrong.status, wrong.json.errors[0].path]).toEqual([422, 'name']);
  });

  it('fails rows that cannot be read alone, by their lines, and says what it noticed', async () => {
    const csv = 'Title,Extra\nOne,1\nTwo,2,3\n"Three",3,4\n,5\nSix\n';
    const { body, headers } = formOf(csv, { template: 'note', mapping: '{"title":"Title"}' });
    const { json } = await service.api('/v1/batches', { method: 'POST', body, headers });
    expect(json.notes.join()).toContain('"Extra"');
    const batch = await untilOver(service.api, json.id);
    expect(batch).toMatchObject({ status: 'partial', counts: { completed: 2, failed: 3 } });
    const failed = await itemsOf(batch.id, '&status=failed');
    expect(failed.map((i: { row: number; line: number }) => [i.row, i.line])).toEqual([
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    expect(failed[0].error.message).toContain('Line 3');
    expect(failed[2].error).toMatchObject({ code: 'invalid_data' });
    expect(failed[2].error.message).toContain('data.title');
  });

  it.each([
    ['no file', 'template', '{}', undefined, 'file'],
    ['an unknown column', 'Title\nx\n', '{"title":"Titel"}', 'note', 'mapping.title'],
    ['an unknown field', 'Title\nx\n', '{"titel":"Title"}', 'note', 'mapping.titel'],
    ['a mapping that is no JSON', 'Title\nx\n', '{title}', 'note', 'mapping'],
    ['a header only', 'Title\n', '{"title":"Title"}', 'note', 'file'],
    ['a workbook', 'PK\u0003\u0004xx', '{"title":"Title"}', 'note', 'file'],
    ['too many rows', `Title\n${'x\n'.repeat(301)}`, '{"title":"Title"}', 'note', 'items'],
  ])('refuses %s, and keeps nothing', async (_name, csv, mapping, template, path) => {
    const { body, headers } = formOf(csv, { template: template ?? 'note', mapping });
    const answer = await service.api('/v1/batches', {
      method: 'POST',
      headers,
      body: template ? body : body.replace('name="file"; filename="rows.csv"', 'name="size"'),
    });
    expect(answer.status).toBe(422);
    expect(answer.json.errors.map((error: { path: string }) => error.path)).toContain(path);
    const redis = service.redis.connect();
    const batches = await redis.keys('cp:batch:*:rows');
    const known = await redis.zrange('cp:batches:all', '0', '-1');
    expect(batches.length).toBe(known.length);
    redis.disconnect();
  });
});

describe('a batch from JSON', () => {
  it('draws what is equal once, and reuses what is stored', async () => {
    const drawnBefore = await service.drawn();
    const ten = items('twice', 10);
    const { json } = await begin({ template: 'colour-code', items: [...ten, ...ten, ...ten] });
    const batch = await untilOver(service.api, json.id);
    expect(batch.counts).toMatchObject({ completed: 10, reused: 20 });
    const again = await begin({ template: 'colour-code', items: ten });
    expect((await untilOver(service.api, again.json.id)).counts).toMatchObject({ reused: 10 });
    expect((await service.drawn()) - drawnBefore).toBe(10);
    const refs = (await itemsOf(batch.id)).map((item: { ref: string }) => item.ref);
    expect(refs).toEqual([...ten, ...ten, ...ten].map(({ ref }) => ref));
  });

  it('begins one batch for one Idempotency-Key, and refuses other content under it', async () => {
    const body = { template: 'colour-code', items: items('key', 3) };
    const headers = { 'idempotency-key': 'the same' };
    const answers = await Promise.all([1, 2, 3].map(() => begin(body, headers)));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    const other = await begin({ ...body, items: items('other', 3) }, headers);
    expect([other.status, other.json.code]).toEqual([409, 'conflict']);
    expect((await begin(body)).json.id).not.toBe(answers[0]?.json.id);
  });

  it('gives each row the warnings of its own data, also where the picture is shared', async () => {
    const { json } = await begin({
      template: 'note',
      items: [{ data: { title: 'Clean' } }, { data: { title: 'Cl\u0007ean' } }],
    });
    const batch = await untilOver(service.api, json.id);
    const [clean, mended] = await itemsOf(batch.id);
    expect(clean.image_id).toBe(mended.image_id);
    const codes = (item: { warnings: { code: string }[] }) => item.warnings.map((w) => w.code);
    expect(codes(clean)).not.toContain('control_characters_removed');
    expect(codes(mended)).toContain('control_characters_removed');
  });

  it('counts rows in review, and moves them when someone decides', async () => {
    const { json } = await begin({
      template: 'note',
      on_missing: 'review',
      items: [{ data: { title: 'x'.repeat(130) } }, { data: { title: 'y'.repeat(130) } }],
    });
    const batch = await untilOver(service.api, json.id);
    expect(batch).toMatchObject({ status: 'completed', counts: { review: 2 } });
    const [first, second] = await itemsOf(batch.id);
    await service.api(`/v1/images/${first.image_id}/approve`, { method: 'POST' });
    await service.api(`/v1/images/${second.image_id}/reject`, { method: 'POST' });
    const after = await until(async () => {
      const now = await look(batch.id);
      return now.counts.review === 0 && now;
    }, 20_000);
    expect(after).toMatchObject({ status: 'partial', counts: { completed: 1, failed: 1 } });
    const [approved] = await itemsOf(batch.id);
    expect(approved.warnings.map((w: { code: string }) => w.code)).toContain('truncated');
  });
});

describe('while a batch runs', () => {
  /** A batch that cannot end before the pictures are released. */
  async function held(prefix: string, count: number) {
    pictures.hold();
    const { json } = await begin({
      template: 'colour-code',
      items: items(prefix, count).map(({ ref, data }) => ({
        ref,
        data: { ...data, photo: pictures.url(`/${ref}.png`) },
      })),
    });
    return json;
  }

  it('never has more of it in the queue than the workers need soon', async () => {
    const { id } = await held('bounded', 300);
    await until(() => pictures.held > 0, 20_000);
    await until(async () => (await service.queue.bulkWaiting()) >= 40, 20_000);
    let most = 0;
    for (let looks = 0; looks < 40; looks += 1) {
      most = Math.max(most, await service.queue.bulkWaiting());
    }
    expect(most).toBeLessThanOrEqual(80);
    const { counts, total } = await look(id);
    expect(total).toBe(300);
    expect(counts.queued + counts.active).toBe(300);
    expect(counts.active).toBeGreaterThan(0);

    // Cancelled at once, whatever is in hand.
    const cancelled = await service.api(`/v1/batches/${id}/cancel`, { method: 'POST' });
    expect(cancelled.json).toMatchObject({ status: 'cancelled', counts: { cancelled: 300 } });
    pictures.release();
    await service.idle();
    expect((await look(id)).counts).toMatchObject({ cancelled: 300, completed: 0 });
    const again = await service.api(`/v1/batches/${id}/cancel`, { method: 'POST' });
    expect(again.status).toBe(409);
    const all = await itemsOf(id, '&status=cancelled');
    expect(all.length).toBe(300);
  });

  it('gives two batches their turns', async () => {
    const first = await begin({ template: 'colour-code', items: items('first', 120) });
    const second = await begin({ template: 'colour-code', items: items('second', 16) });
    for (const { json } of [first, second]) await untilOver(service.api, json.id);
    const [longer = 0, shorter = 0] = await Promise.all(
      [first, second].map(async ({ json }) => Date.parse((await look(json.id)).finished_at)),
    );
    // The later and shorter one did not wait for the earlier and longer one.
    expect(shorter).toBeLessThan(longer);
  });

  it('tells its progress as events, resumes after the last one, and ends with the batch', async () => {
    const { id } = await held('events', 20);
    const stream = service.api(`/v1/batches/${id}/events`);
    await until(() => pictures.held > 0, 20_000);
    pictures.release();
    const events = readEvents((await stream).bytes.toString());
    expect(events.at(-1)?.event).toBe('done');
    expect(events.at(-1)?.data).toMatchObject({ status: 'completed', counts: { completed: 20 } });
    expect(events.filter(({ event }) => event === 'done').length).toBe(1);
    const done = events.map(({ data }) => data.counts.completed);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);

    const resumedFrom = (id_: string) =>
      service.api(`/v1/batches/${id}/events`, { headers: { 'last-event-id': id_ } });
    const missed = readEvents((await resumedFrom(events[0]?.id ?? '')).bytes.toString());
    expect(missed.map(({ event }) => event)).toEqual(['done']);
    expect((await resumedFrom(events.at(-1)?.id ?? '')).status).toBe(204);
  });
});

describe('failed rows', () => {
  it('are the only ones that a retry takes up, and end anew', async () => {
    await service.stopWorker();
    const { json } = await begin({ template: 'colour-code', items: items('retry', 6) });
    const ids: string[] = await until(async () => {
      const all = await service.records.list({
        template: 'colour-code',
        status: 'queued',
        limit: 50,
      });
      return all.records.length === 6 && all.records.map(({ id }) => id);
    }, 20_000);
    for (const id of ids.slice(0, 2)) await service.api(`/v1/images/${id}`, { method: 'DELETE' });
    await service.startWorker();
    const batch = await untilOver(service.api, json.id);
    expect(batch).toMatchObject({ status: 'partial', run: 1, counts: { completed: 4, failed: 2 } });
    const drawnBefore = await service.drawn();
    const retried = await service.api(`/v1/batches/${json.id}/retry`, { method: 'POST' });
    expect(retried.json).toMatchObject({ status: 'running', run: 2, counts: { queued: 2 } });
    const after = await untilOver(service.api, json.id);
    expect(after).toMatchObject({ status: 'completed', counts: { completed: 6, failed: 0 } });
    expect((await service.drawn()) - drawnBefore).toBe(2);
    const nothing = await service.api(`/v1/batches/${json.id}/retry`, { method: 'POST' });
    expect([nothing.status, nothing.json.code]).toEqual([409, 'conflict']);
  });
});

it('answers for batches that are not there', async () => {
  for (const id of ['nothing', `bat-${'a'.repeat(26)}`]) {
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '/items'],
      ['GET', '/events'],
      ['GET', '/results.csv'],
      ['GET', '/results.zip'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const) {
      const { status, json } = await service.api(`/v1/batches/${id}${rest}`, { method });
      expect([status, json.code]).toEqual([404, 'batch_not_found']);
    }
  }
  const list = (await service.api('/v1/batches?limit=2')).json;
  expect(list.items.length).toBe(2);
  const next = (await service.api(`/v1/batches?limit=2&cursor=${list.next_cursor}`)).json;
  expect(next.items[0].id).not.toBe(list.items[0].id);
});
