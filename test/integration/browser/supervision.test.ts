import { afterEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright';
import { colourBody, coloursOf, shownColours } from '../../support/colour-code.js';
import {
  bareTemplate,
  type Engine,
  type EngineOptions,
  jobFor,
  startEngine,
} from '../../support/engine.js';
import { startTrap } from '../../support/trap-server.js';
import { until } from '../../support/until.js';

const opened: Engine[] = [];
async function start(options: EngineOptions): Promise<Engine> {
  const engine = await startEngine(options);
  opened.push(engine);
  return engine;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.stop()));
});

const template = bareTemplate();

async function expectOwn(engine: Engine, text: string, of = template): Promise<void> {
  const { pixels } = await engine.draw(of, colourBody(text));
  expect(await shownColours(pixels)).toEqual(coloursOf(text));
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the deadline', () => {
  it('ends a job whose page loops for ever, and the next one is drawn', async () => {
    const stuck = await start({ timeoutMs: 2_000, closeTimeoutMs: 1_000 });
    await until(
      () =>
        expectOwn(stuck, 'warm').then(
          () => true,
          () => false,
        ),
      30_000,
    );
    stuck.discards.length = 0;
    const [page] = stuck.pages();
    page
      ?.evaluate(() => {
        for (;;);
      })
      .catch(() => undefined);
    await expect(stuck.draw(template, 'never')).rejects.toMatchObject({
      code: 'render_timeout',
      retryable: true,
    });
    expect(stuck.discards).toEqual(['render_timeout']);
    // Whether the page could still be closed or its browser had to go: the slot works again.
    await until(
      async () =>
        await stuck.draw(template, 'x').then(
          () => true,
          () => false,
        ),
      30_000,
    );
    await expectOwn(stuck, 'again');
  });

  it('ends a job whose picture never arrives', async () => {
    const trap = await startTrap();
    const host = `localhost:${trap.port}`;
    const engine = await start({
      timeoutMs: 3_000,
      declared: [host],
      egressAllow: [{ kind: 'host', host: 'localhost', port: trap.port }],
    });
    const asking = bareTemplate('', { network: [host] });
    const drawn = engine.draw(asking, `<img src="http://${host}/never.png">`);
    const outcome = expect(drawn).rejects.toMatchObject({
      code: 'render_timeout',
      detail: 'The browser did not finish "show the body" within 3000 ms.',
    });
    // The control of every test that counts no connections: this one is let through.
    await trap.sprung();
    await outcome;
    await expectOwn(engine, 'after', asking);
    expect(engine.browsers).toHaveLength(1);
    await trap.close();
  });

  it('is not waited for once the job is cancelled', async () => {
    const engine = await start({});
    const controller = new AbortController();
    controller.abort();
    const cancelled = engine.draw(template, 'x', { signal: controller.signal });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled', retryable: false });
  });
});

describe('a browser that stops listening', () => {
  /** Stops every process of the newest browser, as a machine that swaps itself to death does. */
  async function freeze(engine: Engine): Promise<number[]> {
    const pids = await until(() => {
      const found = engine.supervisor.processIds();
      return found.length > 0 && found;
    });
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return pids;
  }

  it('is killed when its context does not close, and replaced', async () => {
    const engine = await start({ timeoutMs: 2_000, closeTimeoutMs: 500 });
    await until(
      () =>
        expectOwn(engine, 'warm').then(
          () => true,
          () => false,
        ),
      30_000,
    );
    const frozen = await freeze(engine);
    await expect(engine.draw(template, 'x')).rejects.toMatchObject({ code: 'render_timeout' });
    expect(engine.restarts).toEqual(['hung']);
    await until(() => frozen.every((pid) => !isAlive(pid)));
    await until(
      () =>
        expectOwn(engine, 'again').then(
          () => true,
          () => false,
        ),
      30_000,
    );
  });

  it('is killed when it opens no context, and replaced', async () => {
    const engine = await start({ timeoutMs: 2_000, closeTimeoutMs: 500 });
    expect(await engine.supervisor.isHealthy(30_000)).toBe(true);
    const frozen = await freeze(engine);
    expect(await engine.supervisor.isHealthy(300)).toBe(false);
    await expect(engine.draw(template, 'x')).rejects.toMatchObject({ code: 'render_timeout' });
    await until(() => frozen.every((pid) => !isAlive(pid)));
    await until(
      () =>
        expectOwn(engine, 'again').then(
          () => true,
          () => false,
        ),
      30_000,
    );
    expect(engine.browsers.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a browser that dies', () => {
  it('fails the job that it had at once, as worth another try, and is replaced', async () => {
    const trap = await startTrap();
    const host = `localhost:${trap.port}`;
    const engine = await start({
      declared: [host],
      egressAllow: [{ kind: 'host', host: 'localhost', port: trap.port }],
    });
    const asking = bareTemplate('', { network: [host] });
    const drawn = engine.draw(asking, `<img src="http://${host}/pending.png">`);
    const outcome = expect(drawn).rejects.toMatchObject({
      code: 'render_crashed',
      retryable: true,
    });
    await trap.sprung();
    for (const pid of engine.supervisor.processIds()) process.kill(pid, 'SIGKILL');
    await outcome;
    expect(engine.restarts).toEqual(['crashed']);
    await expectOwn(engine, 'again');
    expect(engine.browsers).toHaveLength(2);
    await trap.close();
  });

  it('costs nothing when it dies idle', async () => {
    const engine = await start({});
    await expectOwn(engine, 'before');
    const [browser] = engine.browsers;
    const gone = new Promise<void>((resolve) => browser?.on('disconnected', () => resolve()));
    for (const pid of engine.supervisor.processIds()) process.kill(pid, 'SIGKILL');
    await gone;
    await expectOwn(engine, 'after');
  });

  it('costs nothing when only a warm page crashes while idle', async () => {
    const engine = await start({});
    await expectOwn(engine, 'before');
    const [page] = engine.pages() as [Page];
    const crashed = new Promise<void>((resolve) => page.on('crash', () => resolve()));
    page.goto('chrome://crash').catch(() => undefined);
    await crashed;
    await expectOwn(engine, 'after');
    expect(engine.browsers).toHaveLength(1);
    expect(engine.discards).toEqual([]);
  });
});

describe('recycling', () => {
  it('replaces a browser after its quota, without a job noticing, and ends every process of it', async () => {
    const engine = await start({ maxRendersPerBrowser: 5, concurrency: 2 });
    await Promise.all([expectOwn(engine, 'a'), expectOwn(engine, 'b')]);
    const first = engine.supervisor.processIds();
    for (let i = 0; i < 10; i += 1) await expectOwn(engine, `job ${i}`);
    expect(engine.restarts).toEqual(['quota', 'quota']);
    expect(engine.browsers).toHaveLength(3);
    // The slot that slept since the first two jobs gave its share back too.
    await until(() => first.every((pid) => !isAlive(pid)), 15_000);
    expect(engine.browsers.map((browser) => browser.isConnected())).toEqual([false, false, true]);
  });

  it('replaces a browser that grew over its memory', async () => {
    const engine = await start({ maxBytes: 1, memoryCheckIntervalMs: 50 });
    const drawn = expectOwn(engine, 'first');
    await until(() => engine.restarts.includes('memory'), 30_000);
    await drawn;
    await expectOwn(engine, 'second');
    await until(() => engine.browsers[0]?.isConnected() === false, 15_000);
    expect(engine.discards).toEqual([]);
  });

  it('throws a context away after its quota and keeps the browser', async () => {
    const engine = await start({ maxRendersPerContext: 2 });
    const contexts = new Set();
    for (let i = 0; i < 5; i += 1) {
      await expectOwn(engine, `job ${i}`);
      for (const context of engine.browsers[0]?.contexts() ?? []) contexts.add(context);
    }
    expect(contexts.size).toBe(3);
    expect(engine.browsers[0]?.contexts()).toHaveLength(1);
    expect(engine.browsers).toHaveLength(1);
  });

  it('keeps the template pages that were used last, and draws right with more templates than it keeps', async () => {
    const engine = await start({ maxTemplatePagesPerContext: 3 });
    const templates = Array.from({ length: 5 }, () => bareTemplate());
    for (let round = 0; round < 2; round += 1) {
      for (const [i, one] of templates.entries()) await expectOwn(engine, `${round} ${i}`, one);
    }
    expect(engine.pages().map((page) => page.url())).toEqual(
      templates.slice(2).map((one) => expect.stringContaining(`/t/${one.id}/`)),
    );
    // The second and the fourth are told apart by what is warm: only one opens a page.
    const [second, , fourth] = templates.slice(1);
    const before = engine.pages();
    await expectOwn(engine, 'warm', fourth);
    expect(engine.pages()).toEqual(before);
    await expectOwn(engine, 'cold', second);
    expect(engine.pages()).not.toEqual(before);
  });
});

describe('closing', () => {
  it('waits for the jobs in hand, then leaves no process', async () => {
    const engine = await startEngine({ concurrency: 2 });
    const jobs = ['a', 'b', 'c'].map((text) =>
      engine.renderer.render(jobFor(template, colourBody(text))),
    );
    await until(() => engine.supervisor.processIds().length > 0, 30_000);
    const pids = engine.supervisor.processIds();
    await engine.stop();
    for (const [i, job] of jobs.entries()) {
      expect(await shownColours((await job).pixels)).toEqual(coloursOf('abc'.charAt(i)));
    }
    await until(() => pids.every((pid) => !isAlive(pid)));
    await expect(engine.supervisor.lease()).rejects.toMatchObject({ code: 'browser_unavailable' });
  });
});
