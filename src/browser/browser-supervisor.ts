import type { Browser } from 'playwright';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';
import { drawEmptyPage } from './draw-empty-page.js';
import { browserProcessIds, killProcesses, proportionalBytes } from './process-tree.js';

export type RestartReason = 'crashed' | 'quota' | 'memory' | 'hung';

/**
 * The right to use one running browser. A retired browser (one that is to be replaced) is closed
 * when its last lease is released.
 */
export interface BrowserLease {
  readonly browser: Browser;
  /** False once the browser died or is to be replaced: take a new lease then. */
  readonly usable: boolean;
  /** Calls `listener` once, when `usable` becomes false. An idle holder then releases its lease. */
  onUnusable(listener: () => void): void;
  /** Call it after each render: the browser is retired after `maxRenders` of them. */
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
  /** Limit for closing a browser, and for an answer of one that runs. */
  closeTimeoutMs: number;
  memoryCheckIntervalMs: number;
  onRestart?: (reason: RestartReason) => void;
}

interface Running {
  browser: Browser;
  /** Of the browser and its child processes, as last read. */
  pids: number[];
  renders: number;
  /** Leases that are not released yet. */
  leases: number;
  /** For an isolated retry: started for one lease, and never shared. */
  isIsolated: boolean;
  /** Takes no new leases, and is closed after the last one. */
  retired: boolean;
  alive: boolean;
  /** Of leases: called when the browser becomes unusable. */
  listeners: Set<() => void>;
  /** The check in progress whether the browser still draws. */
  hangCheck?: Promise<void>;
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
  /** Every browser that lives, also retired and isolated ones. */
  const all = new Set<Running>();
  const shuttingDown = () =>
    new AppError('browser_unavailable', { detail: 'This worker is shutting down.' });

  async function start(isIsolated: boolean): Promise<Running> {
    const browser = await options.launch();
    const running: Running = {
      browser,
      pids: [],
      renders: 0,
      leases: 0,
      isIsolated,
      retired: false,
      alive: true,
      listeners: new Set(),
    };
    all.add(running);
    // Registered before the next `await`: a browser that dies during it must not count as alive.
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
      void close(running);
      const detail = 'Chromium started and then did not answer. It is started again.';
      throw new AppError('browser_unavailable', { detail, cause });
    }
    return running;
  }

  /** Starts a browser. `close` waits for starts that are in progress. */
  async function launch(isIsolated: boolean): Promise<Running> {
    const launched = start(isIsolated);
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

  async function currentOrStarted(): Promise<Running> {
    if (closed) throw shuttingDown();
    if (current?.alive && !current.retired) return current;
    starting ??= launch(false).finally(() => {
      starting = undefined;
    });
    current = await starting;
    return current;
  }

  async function close(running: Running): Promise<void> {
    running.retired = true;
    const closing = running.browser.close();
    await withDeadline(closing, options.closeTimeoutMs, () => new Error('close timed out')).catch(
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
    if (running.leases === 0) void close(running);
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

  /** Kills a browser that cannot draw even an empty page, also while other jobs use it. */
  async function killIfHung(running: Running): Promise<void> {
    const drawn = drawEmptyPage(running.browser);
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
        if ((running.retired || running.isIsolated) && running.leases === 0) void close(running);
      },
    };
  }

  const runningOf = (lease: BrowserLease) =>
    [...all].find((running) => running.browser === lease.browser);

  return {
    /**
     * A lease of the current browser, which is started if needed.
     * @throws AppError `browser_unavailable`
     */
    async lease(): Promise<BrowserLease> {
      return leaseOf(await currentOrStarted());
    },
    /**
     * A browser that is not shared and is closed with this lease: for a job that may have killed
     * the last browser.
     * @throws AppError `browser_unavailable`
     */
    async leaseIsolated(): Promise<BrowserLease> {
      if (closed) throw shuttingDown();
      return leaseOf(await launch(true));
    },
    /**
     * Call it after a job timed out. Kills the browser if it draws nothing any more, and resolves
     * when that is known.
     */
    async killIfHung(lease: BrowserLease): Promise<void> {
      const running = runningOf(lease);
      if (!running?.alive) return;
      running.hangCheck ??= killIfHung(running).finally(() => {
        delete running.hangCheck;
      });
      await running.hangCheck;
    },
    /** Kills a browser that does not respond, also while other jobs use it. */
    kill(lease: BrowserLease): void {
      const running = runningOf(lease);
      if (running) retire(running, 'hung');
    },
    /** Whether a browser answers within `timeoutMs`; starts one if there is none. */
    async isHealthy(timeoutMs: number): Promise<boolean> {
      try {
        const running = await withDeadline(currentOrStarted(), timeoutMs, () => new Error('start'));
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
      await Promise.all([...all].map(close));
    },
  };
}
