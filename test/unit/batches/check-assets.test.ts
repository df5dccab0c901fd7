import { describe, expect, it } from '@jest/globals';
import { createAssetChecks } from '../../../src/batches/check-assets.js';
import type { ProbeOutcome } from '../../../src/images/check-ports.js';

const urlsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `https://a.example/${from + i}.png?token=${i}`);

/** Probes that are answered when the test says so. */
function start() {
  const asked: { urls: string[]; answer(): void; fail(error: Error): void }[] = [];
  const pictures = createAssetChecks(
    (urls) =>
      new Promise<ProbeOutcome[]>((resolve, reject) => {
        const outcomes = urls.map((url): ProbeOutcome => {
          if (!url.includes('bad')) return { ok: true };
          return { ok: false, code: 'asset_not_found', message: 'Not there.' };
        });
        asked.push({ urls, answer: () => resolve(outcomes), fail: reject });
      }),
  );
  return { asked, pictures };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the pictures of a table', () => {
  it('are asked about in short lists, two at a time, none twice', async () => {
    const { asked, pictures } = start();
    const looked = Promise.all([
      pictures.probeAll(urlsOf(0, 60)),
      pictures.probeAll([...urlsOf(0, 60), ...urlsOf(60, 90)]),
    ]);
    for (const inFlight of [2, 3, 4, 5]) {
      await settle();
      expect(asked).toHaveLength(inFlight);
      asked[inFlight - 2]?.answer();
    }
    asked[4]?.answer();
    const [first, second] = await looked;
    expect([first.size, second.size]).toEqual([60, 90]);
    expect(asked.map(({ urls }) => urls.length)).toEqual([25, 25, 10, 25, 5]);
    expect(new Set(asked.flatMap(({ urls }) => urls)).size).toBe(90);
  });

  it('that stand in the data are asked about in lists of a megabyte', async () => {
    const { asked, pictures } = start();
    const urls = ['a', 'b', 'c'].map((letter) => `data:image/png;base64,${letter.repeat(600_000)}`);
    const looked = pictures.probeAll([...urls, 'https://a.example/1.png']);
    await settle();
    for (const { answer } of asked) answer();
    await settle();
    for (const { answer } of asked) answer();
    expect((await looked).size).toBe(4);
    expect(asked.map((question) => question.urls.length)).toEqual([1, 1, 2]);
  });

  it('fail whoever asks for them with what the asking failed with, and go on', async () => {
    const { asked, pictures } = start();
    const looked = pictures.probeAll(urlsOf(0, 1));
    await settle();
    asked[0]?.fail(new Error('no worker'));
    await expect(looked).rejects.toThrow('no worker');
    const others = pictures.probeAll(urlsOf(5, 6));
    await settle();
    asked[1]?.answer();
    expect((await others).size).toBe(1);
  });

  it('are reported by the number of rows, without queries and without what data: holds', async () => {
    const { asked, pictures } = start();
    const web = `https://a.example/bad/${'x'.repeat(300)}?token=secret`;
    const inside = `data:image/png;base64,bad${'A'.repeat(300)}`;
    const looked = pictures.probeAll([web, inside, ...urlsOf(0, 3)]);
    await settle();
    asked[0]?.answer();
    await looked;
    for (let row = 1; row <= 30; row += 1) pictures.countUse([inside, inside], row);
    pictures.countUse([web, 'https://never.example/looked-at.png'], 7);
    const failure = { code: 'asset_not_found', message: 'Not there.' };
    expect(await pictures.report()).toEqual({
      distinct: 5,
      failing: [
        {
          url: 'data:image/png;base64,…',
          ...failure,
          rows: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
          count: 30,
        },
        { url: `a.example/bad/${'x'.repeat(186)}`, ...failure, rows: [7], count: 1 },
      ],
    });
  });
});
