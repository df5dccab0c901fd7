import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  createFairGate,
  type FairGateOptions,
  GateTimeout,
} from '../../../src/assets/fair-gate.js';

/** As for reading pictures. */
const READING = { limit: 2, spareForCallers: 1, spareForGroups: 1 };

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Piece {
  caller: string;
  group: string;
  end(): void;
}

/** A gate whose work goes on until it is told to end; `running` in the order of their beginning. */
function startGate(options: Partial<FairGateOptions> = {}) {
  const gate = createFairGate({ ...READING, ...options });
  const running: Piece[] = [];
  const begun: Piece[] = [];
  const errors: unknown[] = [];
  return {
    gate,
    running,
    begun,
    errors,
    want(
      caller: string,
      group = '',
      more: { callers?: Map<string, number>; signal?: AbortSignal } = {},
    ) {
      const callers = more.callers ?? new Map([[caller, 1]]);
      const work = () =>
        new Promise<void>((resolve) => {
          const piece: Piece = {
            caller,
            group,
            end() {
              running.splice(running.indexOf(piece), 1);
              resolve();
            },
          };
          running.push(piece);
          begun.push(piece);
        });
      gate
        .within({ callers, group, signal: more.signal }, work)
        .catch((error: unknown) => errors.push(error));
    },
    of: (caller: string) => running.filter((piece) => piece.caller === caller).length,
  };
}

const times = (count: number, work: (n: number) => void) => {
  for (let n = 0; n < count; n += 1) work(n);
};

describe('a fair gate', () => {
  it('lets one caller have all places while nobody else wants one', async () => {
    const { want, running } = startGate({ limit: 4 });
    times(10, () => want('a'));
    await settle();
    expect(running).toHaveLength(4);
  });

  it('lets in at once whoever has nothing under way, whatever others have', async () => {
    const { want, of, running } = startGate();
    times(300, (n) => want('hostile', `host ${n}`));
    await settle();
    expect(running).toHaveLength(3);
    want('honest');
    await settle();
    expect(of('honest')).toBe(1);
    // Whatever ends of the others, he keeps his half, and they theirs.
    times(20, () => want('honest'));
    for (let ended = 0; ended < 20; ended += 1) {
      running.find(({ caller }) => caller === 'hostile')?.end();
      await settle();
      expect(of('honest')).toBe(1);
    }
    for (let ended = 0; ended < 20; ended += 1) {
      running.find(({ caller }) => caller === 'honest')?.end();
      await settle();
      expect(of('honest')).toBe(1);
    }
  });

  it('starts at once a group of the same caller that has nothing in flight', async () => {
    const { want, running } = startGate();
    times(50, () => want('a', 'slow.example'));
    await settle();
    expect(running).toHaveLength(2);
    want('a', 'quick.example');
    await settle();
    expect(running.map(({ group }) => group)).toContain('quick.example');
  });

  it('limits a slow group to half of the slots', async () => {
    let nowMs = 0;
    const { want, running } = startGate({ slowMs: 1_000, now: () => nowMs });
    times(10, () => want('a', 'slow.example'));
    await settle();
    expect(running).toHaveLength(2);
    nowMs = 5_000;
    for (const piece of [...running]) piece.end();
    await settle();
    expect(running).toHaveLength(1);
    want('b');
    await settle();
    expect(running).toHaveLength(2);
    // Once it is quick again, it has all.
    running.find(({ caller }) => caller === 'b')?.end();
    for (let n = 0; n < 4; n += 1) {
      running[0]?.end();
      await settle();
    }
    expect(running).toHaveLength(2);
  });

  it('runs no more of a group than its limit', async () => {
    const ofOne = startGate({ limit: 9, perGroup: 3 });
    times(9, () => ofOne.want('a', 'x'));
    await settle();
    expect(ofOne.running).toHaveLength(3);
    times(9, () => ofOne.want('b', 'x'));
    await settle();
    expect(ofOne.running).toHaveLength(6);
    const ofAll = startGate({ limit: 9, perGroupOfAll: 3 });
    times(9, (n) => ofAll.want(`caller ${n}`, 'x'));
    await settle();
    expect(ofAll.running).toHaveLength(3);
    ofAll.want('caller 1', 'y');
    await settle();
    expect(ofAll.running).toHaveLength(4);
  });

  it('counts what several ask for in the turn of whoever comes first', async () => {
    const { gate, want, running } = startGate({ limit: 1, spareForGroups: 0 });
    const shared = new Map([['hostile', 1]]);
    times(20, () => want('hostile'));
    want('shared', '', { callers: shared });
    await settle();
    expect(running).toHaveLength(1);
    shared.set('honest', 1);
    gate.review();
    await settle();
    expect(running.map(({ caller }) => caller)).toEqual(['hostile', 'shared']);
    // That was the turn of the one who joined: another of his waits, as he has one under way.
    want('honest');
    await settle();
    expect(running).toHaveLength(2);
  });

  it('forgets whoever goes, and gives up what waits too long', async () => {
    const leave = new AbortController();
    const { want, errors, running } = startGate({ limit: 1, spareForGroups: 0, maxWaitMs: 30 });
    want('a');
    want('a', '', { signal: leave.signal });
    want('a');
    leave.abort();
    await settle();
    expect(errors).toMatchObject([{ code: 'cancelled' }]);
    while (errors.length < 2) await settle();
    expect(errors[1]).toBeInstanceOf(GateTimeout);
    expect(errors[1]).toMatchObject({ code: 'asset_unreachable' });
    running[0]?.end();
    await settle();
    expect(running).toHaveLength(0);
    want('b', '', { signal: leave.signal });
    await settle();
    expect(running).toHaveLength(0);
  });

  it('gives the place back where the work fails', async () => {
    const gate = createFairGate({ ...READING, limit: 1 });
    const request = { callers: new Map([['a', 1]]), group: '' };
    const fails = gate.within(request, async () => {
      throw new Error('it failed');
    });
    await expect(fails).rejects.toThrow('it failed');
    expect(await gate.within(request, async () => 'done')).toBe('done');
  });

  const requests = fc.array(
    fc.record({
      caller: fc.constantFrom('a', 'b', 'c', 'd'),
      group: fc.constantFrom('x', 'y', 'z'),
      /** Of what is running: which ends before the next arrives. */
      ends: fc.option(fc.nat(20), { nil: undefined, freq: 2 }),
    }),
    { minLength: 1, maxLength: 80 },
  );

  it('keeps its promises, whoever comes and goes in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (all, limit, perGroup) => {
          const { want, running, begun, of } = startGate({ limit, perGroup: perGroup });
          const most = limit + READING.spareForCallers + READING.spareForGroups;
          const wanted = new Map<string, number>();
          for (const { caller, group, ends } of all) {
            want(caller, group);
            wanted.set(caller, (wanted.get(caller) ?? 0) + 1);
            if (ends !== undefined) running[ends % Math.max(1, running.length)]?.end();
            await settle();
            expect(running.length).toBeLessThanOrEqual(most);
            for (const one of running) {
              const same = running.filter(
                (other) => other.caller === one.caller && other.group === one.group,
              );
              expect(same.length).toBeLessThanOrEqual(perGroup);
            }
            // Nobody waits with nothing under way while another has more than he could.
            for (const [name, count] of wanted) {
              const waits = count > begun.filter((piece) => piece.caller === name).length;
              if (waits && of(name) === 0) expect(running.length).toBe(most);
            }
          }
          // Everybody has his turn in the end.
          while (running.length > 0) {
            running[0]?.end();
            await settle();
          }
          expect(begun).toHaveLength(all.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('makes an honest caller wait for one piece of another at most, among hundreds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(100),
        async (hostile, each, seed) => {
          const { want, running, begun, of } = startGate();
          times(hostile * each, (n) => want(`hostile ${n % hostile}`, `host ${n}`));
          await settle();
          want('honest');
          await settle();
          let ended = 0;
          while (of('honest') === 0) {
            running[seed % running.length]?.end();
            ended += 1;
            await settle();
          }
          // Of several who all came before him each has one under way; the first to end makes room.
          expect(ended).toBeLessThanOrEqual(hostile === 1 ? 0 : hostile);
          expect(begun.length).toBeLessThan(3 * hostile + 6);
        },
      ),
      { numRuns: 40 },
    );
  });
});
