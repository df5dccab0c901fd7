import type { Browser } from 'playwright';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import { browserProcessIds, proportionalBytes } from './process-tree.js';

export type RestartReason = 'crashed' | 'quota' | 'memory' | 'hung';

/** One running browser. It is closed when it is retired and its last lease is given back. */
export interface BrowserLease {
  readonly browser: Browser;
  /** False once the browser died or is to be replaced: take a new lease. */
  readonly usable: boolean;
  /** Called once, when `usable` ends: whoever holds a share in idleness gives it back then. */
  onUnusable(listener: () => void): void;
  countRender(): void;
  release(): void;
}

export interface SupervisorOptions {
  launch(): Promise<Browser>;
  /** Renders after which a browser is replaced: Chromium grows with use. */
  maxRenders: number;
  /** Bytes (PSS of the whole tree) above which it is replaced. */
  maxBytes: number;
  closeTimeoutMs: number;
  memoryCheckIntervalMs: number;
  onRestart?: (reason: RestartReason) => void;
}

interface Running {
  browser: Browser;
  pids: number[];
  renders: number;
  leases: number;
  retired: boolean;
  alive: boolean;
  listeners: Set<() => void>;
}

export type BrowserSupervisor = ReturnType<typeof createBrowserSupervisor>;

/**
 * Keeps a browser running. A replacement is started beside the old one, which finishes the jobs
 * that it has; a dead one is replaced at the next lease.
 */
export function createBrowserSupervisor(options: SupervisorOptions) {
  let current: Running | undefined;
  let starting: Promise<Running> | undefined;
  let closed = false;
  const all = new Set<Running>();

  async function start(): Promise<Running> {
    const browser = await options.launch();
    const running: Running = {
      browser,
      pids: [],
      renders: 0,
      leases: 0,
      retired: false,
      alive: true,
      listeners: new Set(),
    };
    all.add(running);
    // Before anything is waited for: one that dies in the meantime must not count as alive.
    browser.on('disconnected', () => {
      running.alive = false;
      all.delete(running);
      if (current === running) current = undefined;
      if (!running.retired && !closed) options.onRestart?.('crashed');
      tellHolders(running);
    });
    try {
      running.pids = await withDeadline(
        browserProcessIds(browser),
        options.closeTimeoutMs,
        () => new Error('the browser does not answer'),
      );
    } catch (cause) {
      void end(running);
      const detail = 'Chromium started and then did not answer. It is started again.';
      throw new AppError('browser_unavailable', { detail, cause });
    }
    return running;
  }

  function tellHolders(running: Running): void {
    for (const listener of running.listeners) listener();
    running.listeners.clear();
  }

  async function ready(): Promise<Running> {
    if (closed) {
      throw new AppError('browser_unavailable', { detail: 'This worker is shutting down.' });
    }
    if (current?.alive && !current.retired) return current;
    starting ??= start().finally(() => {
      starting = undefined;
    });
    current = await starting;
    return current;
  }

  async function end(running: Running): Promise<void> {
    running.retired = true;
    const close = running.browser.close();
    await withDeadline(close, options.closeTimeoutMs, () => new Error('close timed out')).catch(
      () => kill(running),
    );
    all.delete(running);
  }

  /** For a browser that does not listen any more. */
  function kill(running: Running): void {
    for (const pid of running.pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It is gone already, which is what was wanted.
      }
    }
  }

  function retire(running: Running, reason: RestartReason): void {
    if (running.retired) return;
    running.retired = true;
    if (current === running) current = undefined;
    options.onRestart?.(reason);
    if (reason === 'hung') kill(running);
    if (running.leases === 0) void end(running);
    else tellHolders(running);
  }

  async function checkMemory(): Promise<void> {
    const running = current;
    if (!running?.alive) return;
    running.pids = await browserProcessIds(running.browser);
    const bytes = await proportionalBytes(running.pids);
    if (bytes !== undefined && bytes > options.maxBytes) retire(running, 'memory');
  }

  const timer = setInterval(() => {
    checkMemory().catch(() => undefined);
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
        if (running.retired && running.leases === 0) void end(running);
      },
    };
  }

  return {
    /** A share in the present browser, started if need be. @throws AppError `browser_unavailable` */
    async lease(): Promise<BrowserLease> {
      return leaseOf(await ready());
    },
    /** The browser is beyond reach: kill it, whoever uses it. */
    condemn(lease: BrowserLease): void {
      const running = [...all].find((r) => r.browser === lease.browser);
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
    /** Process ids of every live browser tree, newest reading. For doctor and for tests. */
    processIds: () => [...all].flatMap((running) => running.pids),
    async close(): Promise<void> {
      closed = true;
      clearInterval(timer);
      await starting?.catch(() => undefined);
      await Promise.all([...all].map(end));
    },
  };
}
