import type { Browser } from 'playwright';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';
import { canDraw } from './can-draw.js';
import { browserProcessIds, killProcesses, proportionalBytes } from './process-tree.js';

export type RestartReason = 'crashed' | 'quota' | 'memory' | 'hung';

/** A share in one running browser. A retired browser is closed when its last lease is released. */
export interface BrowserLease {
  readonly browser: Browser;
  /** False once the browser died or is to be replaced: take a new lease then. */
  readonly usable: boolean;
  /** Calls `listener` once, when `usable` becomes false. An idle holder then releases its lease. */
  onUnusable(listener: () => void): void;
  countRender(): void;
  release(): void;
}

/**
 * Limit for the first answer of a new browser, as long as for its launch. On an overloaded machine,
 * killing a slow browser would only start the same again.
 */
const FIRST_ANSWER_TIMEOUT_MS = 30_000;

/** Well above the memory of a new browser, which is about 200 MB. */
const MIN_KILL_BYTES = 1024 ** 3;

export interface SupervisorOptions {
  launch(): Promise<Browser>;
  /** Renders after which a browser is replaced: the memory of Chromium grows with use. */
  maxRenders: number;
  /** Bytes (PSS of the whole process tree) above which it is replaced. */
  maxBytes: number;
  /**
   * Bytes above which it is killed at once, without finishing its jobs, to protect the machine.
   * Default: twice `maxBytes`, and at least 1 GB.
   */
  killBytes?: number;
  closeTimeoutMs: number;
  memoryCheckIntervalMs: number;
  onRestart?: (reason: RestartReason) => void;
}

interface Running {
  browser: Browser;
  pids: number[];
  renders: number;
  leases: number;
  /** Started for one lease, and never shared. */
  isExclusive: boolean;
  retired: boolean;
  alive: boolean;
  listeners: Set<() => void>;
  /** A running check whether the browser still draws. */
  examination?: Promise<void>;
}

export type BrowserSupervisor = ReturnType<typeof createBrowserSupervisor>;

/**
 * Keeps a browser running. A replacement is started beside the old browser, which finishes its
 * jobs. A dead browser is replaced at the next lease.
 */
export function createBrowserSupervisor(options: SupervisorOptions) {
  let current: Running | undefined;
  let starting: Promise<Running> | undefined;
  let closed = false;
  const killBytes = options.killBytes ?? Math.max(2 * options.maxBytes, MIN_KILL_BYTES);
  const launching = new Set<Promise<Running>>();
  const all = new Set<Running>();
  const shuttingDown = () =>
    new AppError('browser_unavailable', { detail: 'This worker is shutting down.' });

  async function start(isExclusive: boolean): Promise<Running> {
    const browser = await options.launch();
    const running: Running = {
      browser,
      pids: [],
      renders: 0,
      leases: 0,
      isExclusive,
      retired: false,
      alive: true,
      listeners: new Set(),
    };
    all.add(running);
    // Registered before the first `await`: a browser that dies meanwhile must not count as alive.
    browser.on('disconnected', () => {
      running.alive = false;
      all.delete(running);
      if (current === running) current = undefined;
      if (!running.retired && !closed) options.onRestart?.('crashed');
      notifyHolders(running);
    });
    try {
      running.pids = await withDeadline(
        browserProcessIds(browser),
        FIRST_ANSWER_TIMEOUT_MS,
        () => new Error('the browser does not answer'),
      );
    } catch (cause) {
      void end(running);
      const detail = 'Chromium started and then did not answer. It is started again.';
      throw new AppError('browser_unavailable', { detail, cause });
    }
    return running;
  }

  async function launch(isExclusive: boolean): Promise<Running> {
    const launched = start(isExclusive);
    launching.add(launched);
    try {
      return await launched;
    } finally {
      launching.delete(launched);
    }
  }

  function notifyHolders(running: Running): void {
    for (const listener of running.listeners) listener();
    running.listeners.clear();
  }

  async function ready(): Promise<Running> {
    if (closed) throw shuttingDown();
    if (current?.alive && !current.retired) return current;
    starting ??= launch(false).finally(() => {
      starting = undefined;
    });
    current = await starting;
    return current;
  }

  async function end(running: Running): Promise<void> {
    running.retired = true;
    const close = running.browser.close();
    await withDeadline(close, options.closeTimeoutMs, () => new Error('close timed out')).catch(
      () => killProcesses(running.pids),
    );
    all.delete(running);
  }

  function retire(running: Running, reason: RestartReason): void {
    if (running.retired) return;
    running.retired = true;
    if (current === running) current = undefined;
    options.onRestart?.(reason);
    if (reason === 'hung') killProcesses(running.pids);
    if (running.leases === 0) void end(running);
    else notifyHolders(running);
  }

  async function checkMemory(running: Running): Promise<void> {
    running.pids = await withDeadline(
      browserProcessIds(running.browser),
      options.closeTimeoutMs,
      () => new Error('the browser does not answer'),
    );
    const bytes = (await proportionalBytes(running.pids)) ?? 0;
    if (bytes > Math.min(options.maxBytes, killBytes)) retire(running, 'memory');
    if (bytes > killBytes) killProcesses(running.pids);
  }

  /** Kills a browser that cannot draw even an empty page, whoever uses it. */
  async function examine(running: Running): Promise<void> {
    const drawn = canDraw(running.browser);
    // Twice the time of other answers: this one needs a new page to be drawn.
    await withDeadline(drawn, 2 * options.closeTimeoutMs, () => new Error('draws nothing')).catch(
      () => running.alive && retire(running, 'hung'),
    );
  }

  const timer = setInterval(() => {
    for (const running of all) checkMemory(running).catch(() => undefined);
  }, options.memoryCheckIntervalMs);
  timer.unref();

  function leaseOf(running: Running): BrowserLease {
    let released = false;
    running.leases += 1;
    return {
      browser: running.browser,
      get usable() {
        return running.alive && !running.retired;
      },
      onUnusable(listener) {
        running.listeners.add(listener);
      },
      countRender() {
        running.renders += 1;
        if (running.renders >= options.maxRenders) retire(running, 'quota');
      },
      release() {
        if (released) return;
        released = true;
        running.leases -= 1;
        if ((running.retired || running.isExclusive) && running.leases === 0) void end(running);
      },
    };
  }

  const runningOf = (lease: BrowserLease) =>
    [...all].find((running) => running.browser === lease.browser);

  return {
    /**
     * A share in the current browser, which is started if needed. @throws AppError
     * `browser_unavailable`
     */
    async lease(): Promise<BrowserLease> {
      return leaseOf(await ready());
    },
    /**
     * A browser that is not shared and is closed with this lease: for a job that may have killed
     * the last browser. @throws AppError `browser_unavailable`
     */
    async leaseIsolated(): Promise<BrowserLease> {
      if (closed) throw shuttingDown();
      return leaseOf(await launch(true));
    },
    /** Call it after a job timed out. Resolves when it is known whether the browser still works. */
    async examine(lease: BrowserLease): Promise<void> {
      const running = runningOf(lease);
      if (!running?.alive) return;
      running.examination ??= examine(running).finally(() => {
        delete running.examination;
      });
      await running.examination;
    },
    /** Kills a browser that does not respond, whoever uses it. */
    kill(lease: BrowserLease): void {
      const running = runningOf(lease);
      if (running) retire(running, 'hung');
    },
    /** Whether a browser answers within `timeoutMs`; starts one if there is none. */
    async isHealthy(timeoutMs: number): Promise<boolean> {
      try {
        const running = await withDeadline(ready(), timeoutMs, () => new Error('start'));
        await withDeadline(browserProcessIds(running.browser), timeoutMs, () => new Error('probe'));
        return true;
      } catch {
        return false;
      }
    },
    /** Process ids of every live browser tree, as last read. For `doctor` and for tests. */
    processIds: () => [...all].flatMap((running) => running.pids),
    async close(): Promise<void> {
      closed = true;
      clearInterval(timer);
      await Promise.allSettled(launching);
      await Promise.all([...all].map(end));
    },
  };
}
