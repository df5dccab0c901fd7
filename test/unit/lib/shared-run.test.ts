import { expect, it } from '@jest/globals';
import { createSharedRun } from '../../../src/lib/shared-run.js';

/** Work whose runs are ended by the test. */
function startable() {
  const ends: ((error?: Error) => void)[] = [];
  const shared = createSharedRun(
    () =>
      new Promise<void>((resolve, reject) => {
        ends.push((error) => (error ? reject(error) : resolve()));
      }),
  );
  return { ends, shared };
}

it('gives callers that come during a run the next one, together', async () => {
  const { ends, shared } = startable();
  const first = shared.run();
  const [second, third] = [shared.run(), shared.run()];
  expect([ends.length, shared.isRunning(), second === third]).toEqual([1, true, true]);
  ends[0]?.();
  await first;
  await Promise.resolve();
  expect(ends.length).toBe(2);
  ends[1]?.();
  await Promise.all([second, third]);
  expect([ends.length, shared.isRunning()]).toEqual([2, false]);
});

it('fails the callers of the run that failed alone', async () => {
  const { ends, shared } = startable();
  const first = shared.run();
  const second = shared.run();
  const ended = shared.ended();
  ends[0]?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await Promise.resolve();
  ends[1]?.();
  await second;
  await ended;
  expect(shared.isRunning()).toBe(false);
});
