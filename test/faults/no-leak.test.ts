import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { imageFormatNames } from '../../src/formats/image-formats.js';
import type { ImageSpec } from '../../src/images/image.js';
import { imageId } from '../../src/images/image-id.js';
import { createPrepare, type ImageRequest } from '../../src/images/prepare.js';
import { loadFolderRegistry } from '../../src/library/folder-registry.js';
import { colourFields, coloursOf, readPixels, shownColours } from '../support/colour-code.js';
import { descendantsOf, insist, seededRandom, settled, signalAll } from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { E2E_TEMPLATES, startService, type TestService } from '../support/service.js';
import { writeFaultTemplates } from '../support/templates-faults/hostile.js';

const JOBS = faultCount(10_000, 120);
const CLIENTS = 10;
/** One fault for about so many jobs. */
const JOBS_PER_FAULT = 25;

/** Where `colour-column` draws its squares: the middle of the first, and from one to the next. */
const COLUMN = { x: 300, y: 10, step: 20 };

async function columnColours(picture: Buffer): Promise<string[]> {
  const pixels = await readPixels(picture);
  return Array.from({ length: 8 }, (_, i) => pixels.at(COLUMN.x, COLUMN.y + i * COLUMN.step));
}

const TEMPLATES = {
  'colour-code': (picture: Buffer) => shownColours(picture),
  'colour-column': columnColours,
};
type TemplateId = keyof typeof TEMPLATES;

describe('many shuffled jobs of two templates', () => {
  let directory: string;
  let service: TestService;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cp-no-leak-'));
    await writeFaultTemplates(directory);
    service = await startService({
      env: { TEMPLATES_DIR: directory, RENDER_TIMEOUT_MS: '10000', RENDER_CONCURRENCY: '3' },
    });
  }, FAULT_TIMEOUT_MS);
  afterAll(async () => {
    await service?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const random = seededRandom(10_000);
  const tally = { right: 0, mismatched: [] as string[], failed: [] as string[] };
  let injected = 0;
  const faults = { killed: 0, stopped: 0, removed: 0, cancelled: 0 };

  async function chromium(kind: string) {
    const all = await descendantsOf(process.pid);
    return all.filter(({ command }) => command.includes(kind));
  }

  async function inject(): Promise<void> {
    injected += 1;
    switch (injected % 3) {
      case 0:
        faults.killed +=
          signalAll(await chromium('--remote-debugging-pipe'), 'SIGKILL') > 0 ? 1 : 0;
        return;
      case 1:
        // One page dies and not its browser.
        faults.killed += signalAll((await chromium('--type=renderer')).slice(0, 1), 'SIGKILL');
        return;
      default:
        // The job in it runs out of time.
        faults.stopped += signalAll((await chromium('--type=renderer')).slice(0, 1), 'SIGSTOP');
    }
  }

  /** A batch that is cancelled while it runs. */
  async function cancelledBatch(n: number): Promise<void> {
    const items = Array.from({ length: 10 }, (_, i) => ({
      ref: `row ${n} ${i}`,
      data: colourFields(`row ${n} ${i}`),
    }));
    const { json } = await insist(service.api, '/v1/batches', {
      body: { template: 'colour-code', items },
    });
    await insist(service.api, `/v1/batches/${json.id}/cancel`, { method: 'POST' });
    faults.cancelled += 1;
  }

  async function expectOwn(template: TemplateId, text: string, removes: boolean): Promise<void> {
    const body = { template, data: colourFields(text), wait: 0 };
    const { json: accepted } = await insist(service.api, '/v1/images', { body });
    if (removes) {
      await insist(service.api, `/v1/images/${accepted.id}`, { method: 'DELETE' });
      faults.removed += 1;
      // Asked for again while a hand may still be at work on it: it is drawn once more.
      await insist(service.api, '/v1/images', { body });
    }
    const image = await settled(service.api, accepted.id);
    if (image.status !== 'completed') {
      tally.failed.push(`${text}: ${image.error?.code}`);
      return;
    }
    const { bytes } = await insist(service.api, new URL(image.url).pathname);
    const shown = await TEMPLATES[template](bytes);
    if (shown.join() === coloursOf(text).join()) tally.right += 1;
    else tally.mismatched.push(text);
  }

  it(
    `${JOBS} draw each their own, whatever befalls them`,
    async () => {
      let next = 0;
      async function client(): Promise<void> {
        while (next < JOBS) {
          const n = next;
          next += 1;
          if (n % JOBS_PER_FAULT === JOBS_PER_FAULT - 1) await inject();
          if (n % (4 * JOBS_PER_FAULT) === 10) await cancelledBatch(n);
          const template = random(2) === 0 ? 'colour-code' : 'colour-column';
          await expectOwn(template, `job ${n}`, random(20) === 0);
        }
      }
      await Promise.all(Array.from({ length: CLIENTS }, client));
      expect(tally).toEqual({ right: JOBS, mismatched: [], failed: [] });
      for (const count of Object.values(faults)) expect(count).toBeGreaterThan(0);
      await service.idle();
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('the id of an image', () => {
  const idKey = Buffer.alloc(32, 7);
  const RUNS = faultCount(20_000, 300);

  it('is equal exactly where all that decides the pixels is equal', async () => {
    const registry = await loadFolderRegistry({ directory: E2E_TEMPLATES });
    const prepare = createPrepare({ registry, idKey });
    // Few values of each, so that equal pairs are met as well as those that differ in one thing;
    // and some that look alike: trimmed, spelt otherwise, or the default said aloud.
    const of = <T>(...values: T[]) => fc.constantFrom<T | undefined>(...values, undefined);
    const request = fc.record({
      template: fc.constant('note'),
      size: of('og', 'square'),
      data: fc.record({
        title: fc.constantFrom('a', 'b', ' a ', 'a\u0301', '\u00e1'),
        body: of('a', 'b', 'a,b', '"a"'),
        accent: of('#123456', '#123457', 'rgb(18, 52, 86)', '#ABC'),
        count: of<number | string>(1, 10, '1', '1.0'),
        published: of('2026-01-02', '2026-02-01'),
      }),
      output: of(
        ...imageFormatNames.flatMap((format) => [
          { format },
          { format, scale: 1 },
          { format, scale: 2 },
          { format, quality: 85 },
          { format, quality: 84 },
          { format, max_bytes: 100_000 },
          { format, max_bytes: 100_001 },
        ]),
      ),
    }) as fc.Arbitrary<ImageRequest>;
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(request, request, fc.nat(15), (one, stranger, borrowed) => {
        // The same but for what is borrowed, bit by bit: few things differ, or none.
        const take = <T>(bit: number, own: T, other: T) => (borrowed & (1 << bit) ? other : own);
        const { data } = one as { data: object };
        const other = {
          ...one,
          size: take(0, one.size, stranger.size),
          output: take(1, one.output, stranger.output),
          data: take(2, data, take(3, stranger.data, { ...data, title: 'b' })),
        };
        const [a, b] = [prepare(one), prepare(other)];
        const isSame = isDeepStrictEqual(a.spec, b.spec);
        seen.add(isSame);
        expect(a.id === b.id).toBe(isSame);
        expect(a.key === b.key).toBe(isSame);
        expect(prepare(structuredClone(one)).id).toBe(a.id);
      }),
      { numRuns: RUNS, seed: 6 },
    );
    expect(seen.size).toBe(2);
    await registry.close();
  });

  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 }));
  const spec = fc.record({
    templateId: text,
    templateVersion: text,
    fields: fc.dictionary(text, value, { maxKeys: 4 }),
    size: fc.record({ name: text, widthPx: fc.nat(), heightPx: fc.nat() }),
    output: fc.record({
      format: fc.constantFrom(...imageFormatNames),
      scale: fc.nat(3),
      quality: fc.nat(100),
      maxBytes: fc.nat(),
    }),
  }) as fc.Arbitrary<ImageSpec>;

  /** Every place of a spec that holds a value, as the names on the way to it. */
  function places(node: unknown, path: string[] = []): string[][] {
    if (node === null || typeof node !== 'object') return [path];
    return Object.entries(node).flatMap(([name, below]) => places(below, [...path, name]));
  }

  function changedAt(node: unknown, [name, ...rest]: string[]): unknown {
    if (name === undefined) return typeof node === 'number' ? node + 1 : `${String(node)}x`;
    const copy = structuredClone(node) as Record<string, unknown>;
    copy[name] = changedAt(copy[name], rest);
    return copy;
  }

  it('is changed by a change of any single input, and of no other key', () => {
    fc.assert(
      fc.property(spec, (one) => {
        const id = imageId(idKey, one);
        const others = places(one).map((path) => imageId(idKey, changedAt(one, path) as ImageSpec));
        expect(new Set([id, ...others]).size).toBe(others.length + 1);
        expect(imageId(Buffer.alloc(32, 8), one)).not.toBe(id);
      }),
      { numRuns: RUNS / 10, seed: 6 },
    );
  });

  it('does not depend on the order in which fields were given', () => {
    fc.assert(
      fc.property(spec, (one) => {
        const backwards = Object.fromEntries(Object.entries(one.fields).reverse());
        expect(imageId(idKey, { ...one, fields: backwards } as ImageSpec)).toBe(
          imageId(idKey, one),
        );
      }),
      { numRuns: RUNS / 10, seed: 6 },
    );
  });
});
