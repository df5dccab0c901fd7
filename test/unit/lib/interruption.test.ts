import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { createInterruption } from '../../../src/lib/interruption.js';
import { until } from '../../support/until.js';

it('settles as the work does', async () => {
  const { unlessInterrupted } = createInterruption();
  expect(await unlessInterrupted(Promise.resolve(1))).toBe(1);
  await expect(unlessInterrupted(Promise.reject(new Error('no')))).rejects.toThrow('no');
});

it('ends the waiting of all work, and of work that comes later', async () => {
  const { interrupt, unlessInterrupted } = createInterruption();
  const never = new Promise<never>(() => undefined);
  const waiting = [unlessInterrupted(never), unlessInterrupted(never)];
  interrupt(new Error('over'));
  interrupt(new Error('again'));
  for (const one of waiting) await expect(one).rejects.toThrow('over');
  await expect(unlessInterrupted(Promise.resolve(1))).rejects.toThrow('over');
  // Work that fails afterwards is nobody's unhandled rejection.
  await expect(unlessInterrupted(Promise.reject(new Error('late')))).rejects.toThrow('over');
});

it('keeps no result of work that is over', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { unlessInterrupted } = createInterruption();
  const results: WeakRef<object>[] = [];
  for (let i = 0; i < 100; i += 1) {
    const result = { bytes: Buffer.alloc(1_000) };
    results.push(new WeakRef(result));
    await unlessInterrupted(Promise.resolve(result));
  }
  await until(() => {
    collectGarbage();
    return results.filter((one) => one.deref() !== undefined).length <= 1;
  });
});
