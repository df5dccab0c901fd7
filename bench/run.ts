import { loadRegistry } from '../src/compose/drawing.js';
import { loadSettings } from '../src/config/settings.js';
import type { ImageFormat } from '../src/images/image.js';
import { type Contender, engine, keptPages, naivePlaywright, type Stage } from './contenders.js';

/*
 * Ratios within one run: machines differ and are noisy, so a figure means something only beside
 * another of the same minute. Contenders take turns, and each shown figure is a median.
 */

const ROUNDS = 3;
const PICTURES_PER_ROUND = 12;
const CONCURRENCY = 3;
const formats: ImageFormat[] = ['png', 'jpeg'];

interface Measured {
  perSecond: number;
  bytes: number;
}

async function measure(
  contender: Contender,
  format: ImageFormat,
  first: number,
): Promise<Measured> {
  let next = first;
  let bytes = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < first + PICTURES_PER_ROUND) {
        const index = next;
        next += 1;
        bytes += (await contender.press(index, format)).length;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return { perSecond: PICTURES_PER_ROUND / seconds, bytes: bytes / PICTURES_PER_ROUND };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function compare(stage: Stage): Promise<void> {
  const contenders = await Promise.all([naivePlaywright(stage), keptPages(stage), engine(stage)]);
  try {
    for (const format of formats) {
      const results = new Map<Contender, Measured[]>(contenders.map((c) => [c, []]));
      for (const contender of contenders) await measure(contender, format, 0);
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (const contender of contenders) {
          results.get(contender)?.push(await measure(contender, format, round * 1_000));
        }
      }
      const [baseline] = contenders;
      const rateOf = (c: Contender) => median((results.get(c) ?? []).map((m) => m.perSecond));
      const base = baseline ? rateOf(baseline) : 1;
      console.log(`\n${stage.template.id}, og, ${format}, ${CONCURRENCY} in flight`);
      console.table(
        contenders.map((contender) => ({
          way: contender.name,
          ratio: Number((rateOf(contender) / base).toFixed(2)),
          'pictures/s': Number(rateOf(contender).toFixed(1)),
          'KB each': Math.round(median((results.get(contender) ?? []).map((m) => m.bytes)) / 1024),
        })),
      );
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
  }
}

const registry = await loadRegistry(loadSettings(process.env));
for (const id of ['article', 'event']) {
  await compare({ template: registry.get(id), concurrency: CONCURRENCY });
}
await registry.close();
