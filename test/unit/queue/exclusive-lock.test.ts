import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createExclusiveLock } from '../../../src/queue/exclusive-lock.js';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work of both kinds that goes on until it is told to end. */
function startSolitude() {
  const lock = createExclusiveLock();
  const running: { kind: 'together' | 'alone'; end(): void }[] = [];
  const outcomes: (string | undefined)[] = [];
  const work = (kind: 'together' | 'alone') => () =>
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
    together: () => void lock.runShared(work('together')).then((one) => outcomes.push(one)),
    alone: (timeoutMs = 60_000) =>
      void lock.runExclusive(work('alone'), timeoutMs).then((one) => outcomes.push(one)),
  };
}

describe('lock', () => {
  it('begins when what is under way has ended, and lets nothing else begin', async () => {
    const { together, alone, running } = startSolitude();
    together();
    alone();
    together();
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['together']);
    running[0]?.end();
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['alone']);
    running[0]?.end();
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['together']);
  });

  it('is not had where the others take too long, who then go on', async () => {
    const { together, alone, running, outcomes } = startSolitude();
    together();
    alone(5);
    together();
    while (outcomes.length === 0) await settle();
    expect(outcomes).toEqual([undefined]);
    await settle();
    expect(running.map(({ kind }) => kind)).toEqual(['together', 'together']);
  });

  it('is had by one at a time and by all, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (kinds) => {
        const { together, alone, running, outcomes } = startSolitude();
        for (const isAlone of kinds) {
          if (isAlone) alone();
          else together();
          await settle();
          const lonely = running.filter(({ kind }) => kind === 'alone').length;
          expect(lonely === 0 || running.length === 1).toBe(true);
          if (running.length > 2) running[0]?.end();
        }
        while (outcomes.length < kinds.length) {
          running[0]?.end();
          await settle();
        }
        expect(outcomes.filter((one) => one === 'alone')).toHaveLength(
          kinds.filter((isAlone) => isAlone).length,
        );
      }),
      { numRuns: 50 },
    );
  });
});
