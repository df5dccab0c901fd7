import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createExclusiveLock } from '../../../src/queue/exclusive-lock.js';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work of both kinds, which runs until `end` is called. */
function startLock() {
  const lock = createExclusiveLock();
  const running: { kind: 'shared' | 'exclusive'; end(): void }[] = [];
  const outcomes: (string | undefined)[] = [];
  const work = (kind: 'shared' | 'exclusive') => () =>
    new Promise<string>((resolve) => {
      const one = {
        kind,
        end() {
          running.splice(running.indexOf(one), 1);
          resolve(kind);
        },
      };
      running.push(one);
    });
  return {
    running,
    outcomes,
    shared: () => void lock.runShared(work('shared')).then((one) => outcomes.push(one)),
    exclusive: (timeoutMs = 60_000) =>
      void lock.runExclusive(work('exclusive'), timeoutMs).then((one) => outcomes.push(one)),
  };
}

describe('exclusive lock', () => {
  it('begins when what is under way has ended, and lets nothing else begin', async () => {
    const { shared, exclusive, running } = startLock();
    shared();
    exclusive();
    shared();
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['shared']);
    running[0]?.end();
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['exclusive']);
    running[0]?.end();
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['shared']);
  });

  it('is not had where the others take too long, who then go on', async () => {
    const { shared, exclusive, running, outcomes } = startLock();
    shared();
    exclusive(5);
    shared();
    while (outcomes.length === 0) await settle();
    expect(outcomes).toEqual([undefined]);
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['shared', 'shared']);
  });

  it('is had by one at a time and by all, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (kinds) => {
        const { shared, exclusive, running, outcomes } = startLock();
        for (const isAlone of kinds) {
          if (isAlone) exclusive();
          else shared();
          await settle();
          const lonely = running.filter(({ kind }) => kind === 'exclusive').length;
          expect(lonely === 0 || running.length === 1).toBe(true);
          if (running.length > 2) running[0]?.end();
        }
        while (outcomes.length < kinds.length) {
          running[0]?.end();
          await settle();
        }
        expect(outcomes.filter((one) => one === 'exclusive')).toHaveLength(
          kinds.filter((isAlone) => isAlone).length,
        );
      }),
      { numRuns: 50 },
    );
  });
});
