import { beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createReadiness, type Readiness } from '../../../src/observability/readiness.js';

const away = () =>
  new AppError('redis_unavailable', { detail: 'Redis cannot be reached.', cause: new Error('x') });

let clock: number;
let probes: number;
let failWith: Error | undefined;
let readiness: Readiness;

beforeEach(() => {
  clock = 0;
  probes = 0;
  failWith = undefined;
  readiness = createReadiness({
    checks: {
      redis: async () => {
        probes += 1;
        if (failWith) throw failWith;
      },
      storage: async () => undefined,
    },
    logger: createLogger('silent'),
    now: () => clock,
  });
});

async function checkLater() {
  clock += 1_001;
  return readiness.check();
}

describe('readiness', () => {
  it('tells that all is well', async () => {
    expect(await readiness.check()).toEqual({
      ok: true,
      checks: { redis: { ok: true }, storage: { ok: true } },
    });
  });

  it('probes once a second, however many ask', async () => {
    await Promise.all([readiness.check(), readiness.check(), readiness.check()]);
    clock += 999;
    await readiness.check();
    expect(probes).toBe(1);
    clock += 2;
    await readiness.check();
    expect(probes).toBe(2);
  });

  it('stays ready over one missed probe, and flips at the second in a row', async () => {
    await readiness.check();
    failWith = away();
    expect((await checkLater()).ok).toBe(true);
    expect(await checkLater()).toEqual({
      ok: false,
      checks: { redis: { ok: false, detail: 'Redis cannot be reached.' }, storage: { ok: true } },
    });
    failWith = undefined;
    expect((await checkLater()).ok).toBe(true);
    failWith = away();
    expect((await checkLater()).ok).toBe(true);
  });

  it('is not ready before a part has worked for the first time', async () => {
    failWith = away();
    expect((await readiness.check()).ok).toBe(false);
  });

  it('shows no more of an unexpected error than where the rest is', async () => {
    failWith = new Error('connect ECONNREFUSED 10.0.0.5:6379');
    expect((await readiness.check()).checks.redis).toEqual({
      ok: false,
      detail: 'The check failed; see the log.',
    });
  });

  it('takes a check that hangs or throws at once for a failed one', async () => {
    const hanging = createReadiness({
      checks: {
        hangs: () => new Promise(() => undefined),
        throws: () => {
          throw new Error('at once');
        },
      },
      logger: createLogger('silent'),
      timeoutMs: 5,
    });
    const { checks } = await hanging.check();
    expect(checks.hangs?.ok).toBe(false);
    expect(checks.throws?.ok).toBe(false);
  });
});
