import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { AppError, toAppError } from '../errors/app-error.js';
import type { YieldSlot } from '../images/draw-options.js';
import { type CallerSlot, createCallerShares } from './caller-shares.js';
import { createExclusiveLock } from './exclusive-lock.js';
import { createIsolatedRetry } from './isolated-retry.js';
import { createJobThrottle } from './job-throttle.js';
import { createJobsInFlight } from './jobs-in-flight.js';
import { createLiveness } from './liveness.js';
import { handleMeasure, type MeasureJobData } from './measurer.js';
import { handlePreview, type PreviewJobData } from './previewer.js';
import { handleProbe, type ProbeJobData } from './prober.js';
import { type Beginning, createProcessDeaths } from './process-deaths.js';
import {
  BULK_QUEUE,
  ISOLATED_QUEUE,
  type JobData,
  LINK_QUEUE,
  RENDER_QUEUE,
} from './render-jobs.js';
import type { JobContext, RenderWorkerOptions } from './render-worker-options.js';
import { setConcurrency } from './set-concurrency.js';
import { replyWithError } from './worker-reply.js';

/**
 * Attempts before the isolated retry do not count, because another job may have failed them. One is
 * counted if the isolated attempt times out too: then the job itself is probably slow.
 */
function isLastAttempt(job: Job<JobData>, error: AppError): boolean {
  const earlier = job.data.kind === 'render' ? (job.data.earlierAttempts ?? 0) : 0;
  const earlierCounted = error.code === 'render_timeout' ? Math.min(earlier, 1) : 0;
  return earlierCounted + job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/** Limit for jobs in flight to end before an isolated job starts. */
const IDLE_TIMEOUT_MS = 30_000;
/** Delay of an isolated job if they did not end in time. */
const NOT_IDLE_DELAY_MS = 5_000;
/**
 * Lifetime of a heartbeat, as a share of a job's lock: when the lock has expired and another worker
 * takes over the job, it is known whether the former process is alive.
 */
const LIVENESS_SHARE = 0.4;
/** At least so many jobs of one caller may be parked at once, however small the worker is. */
const MIN_PARKED = 8;
/** All callers together may have so many times as many parked as one caller. */
const PARKED_IN_ALL_FACTOR = 4;

/**
 * Much less than the 2.5 s that a reader waits in all, the default of `DYNAMIC_BUDGET_MS`. While
 * callers with a key kept the worker busy, link jobs that were held back for 1 s each drew one image
 * in a second (`npm run bench -- flood`).
 */
const LINK_MAX_HOLD_MS = 300;

/**
 * Name of the work for counting process deaths: the image, however often it is requested, or the
 * job, if it stores no image.
 */
const workOf = (job: Job<JobData>) =>
  job.data.kind === 'render' ? job.data.imageId : String(job.id);

/** Whether jobs that a caller with a key waits for go first. */
const canJobWait = ({ queueName }: Job<JobData>) =>
  queueName === BULK_QUEUE || queueName === LINK_QUEUE;

async function delayJob(job: Job<JobData>, token: string, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

function refusal(deaths: number): AppError {
  return new AppError('render_crashed', {
    detail:
      `The process that draws ended ${deaths} times while it worked on this, the last time while it did ` +
      'nothing else. Use smaller or simpler pictures and data; the log of the worker tells more. ' +
      'The same is not tried again within an hour.',
    retryable: false,
  });
}

/** Takes jobs from the queues until closed. Starts at once. */
export function createRenderWorker(options: RenderWorkerOptions) {
  const { redis, lockDurationMs = 20_000, stalledIntervalMs = 10_000 } = options;
  /** Jobs with a recorded final failure, until BullMQ reports them as failed. */
  const givenUp = new Set<string>();
  let isShuttingDown = false;
  const inFlight = createJobsInFlight();
  const isolatedRetry = createIsolatedRetry(redis);
  const lock = createExclusiveLock();
  const livenessMs = lockDurationMs * LIVENESS_SHARE;
  const liveness = createLiveness(redis, livenessMs);
  const deaths = createProcessDeaths({
    redis,
    liveness,
    graceMs: livenessMs,
    ...(options.onDeath ? { onDeath: options.onDeath } : {}),
  });

  /**
   * Ends a job with an error. @throws UnrecoverableError for a render job, so that BullMQ fails it
   */
  async function giveUp(job: Job<JobData>, error: AppError): Promise<void> {
    if (job.data.kind !== 'render') {
      await replyWithError(redis, String(job.id), error);
      return;
    }
    const { imageId, generation } = job.data;
    await options.giveUp({ imageId, generation }, error);
    givenUp.add(String(job.id));
    throw new UnrecoverableError(error.code);
  }

  /** Returns whether the job is done; otherwise it continues in the isolated queue. */
  async function render(
    job: Job<JobData>,
    token: string,
    signal: AbortSignal,
    context: JobContext,
  ): Promise<boolean> {
    if (job.data.kind !== 'render') return true; // Only narrows the type.
    const { imageId, generation, earlierAttempts = 0 } = job.data;
    const attempt = earlierAttempts + job.attemptsMade + 1;
    const canWait = canJobWait(job);
    const isolated = job.queueName === ISOLATED_QUEUE;
    try {
      await options.produce({
        imageId,
        generation,
        attempt,
        canWait,
        isolated,
        signal,
        ...context,
      });
      return true;
    } catch (thrown) {
      const error = toAppError(thrown);
      // The shutdown of this process is not caused by the job, so the attempt does not count.
      if (isShuttingDown && error.retryable) return delayJob(job, token, 0);
      if (!isolated && isolatedRetry.isCandidate(error)) {
        await isolatedRetry.takeOver(job.data, attempt, canWait);
        return false;
      }
      if (error.retryable && !isLastAttempt(job, error)) throw error;
      await giveUp(job, error);
      return true;
    }
  }

  /** Holds back link jobs while jobs of the main queue are in flight. */
  const linkThrottle = createJobThrottle(LINK_MAX_HOLD_MS);
  /** Holds back bulk jobs while jobs of the main queue or of links are in flight. */
  const bulkThrottle = createJobThrottle();

  /** Does the work of one job. Returns whether it is done, as `render` does. */
  async function runJob(
    job: Job<JobData>,
    token: string,
    signal: AbortSignal,
    yieldSlot: YieldSlot,
  ): Promise<boolean> {
    const { data } = job;
    const context: JobContext = { yieldSlot, ...(data.caller ? { caller: data.caller } : {}) };
    switch (data.kind) {
      case 'render':
        return render(job, token, signal, context);
      case 'preview':
        await handlePreview(job as Job<PreviewJobData>, redis, (spec) =>
          options.preview(spec, signal, context),
        );
        return true;
      case 'measure':
        await handleMeasure(job as Job<MeasureJobData>, redis, options.measure, signal);
        return true;
      case 'probe':
        await yieldSlot(() => handleProbe(job as Job<ProbeJobData>, redis, options.probe, signal));
        return true;
    }
  }

  /** Runs the job, unless processes died over its work and it must not begin now. */
  async function runCountingDeaths(
    job: Job<JobData>,
    isolated: boolean,
    run: () => Promise<boolean>,
  ): Promise<Beginning> {
    const beginning = await deaths.begin(workOf(job), { isolated });
    if (beginning.kind !== 'begun') return beginning;
    let isDone = false;
    try {
      isDone = await run();
    } finally {
      deaths.end(workOf(job), isDone);
    }
    return beginning;
  }

  /**
   * Runs the job, in isolation if processes died over its work: a render job in the isolated queue,
   * every job while nothing else is in flight. Harmless work succeeds there, and work that kills its
   * process fails no other job.
   */
  async function runSafely(
    job: Job<JobData>,
    token: string,
    run: () => Promise<boolean>,
  ): Promise<void> {
    let beginning = await lock.runShared(() => runCountingDeaths(job, false, run));
    if (beginning.kind === 'needs_isolation') {
      if (job.data.kind === 'render' && job.queueName !== ISOLATED_QUEUE) {
        const attempts = (job.data.earlierAttempts ?? 0) + job.attemptsMade;
        await isolatedRetry.takeOver(job.data, attempts, canJobWait(job));
        return;
      }
      const isolated = await lock.runExclusive(
        () => runCountingDeaths(job, true, run),
        IDLE_TIMEOUT_MS,
      );
      beginning = isolated ?? (await delayJob(job, token, NOT_IDLE_DELAY_MS));
    }
    if (beginning.kind === 'refused') await giveUp(job, refusal(beginning.deaths));
  }

  /**
   * Opens a worker for one queue. `throttled` wraps the run of each job. `onPark` is called when a
   * job is parked, and the function that it returns when the job resumes; without `onPark` jobs are
   * never parked.
   */
  function open(
    queue: string,
    concurrency: number,
    throttled: (run: () => Promise<void>) => Promise<void>,
    onPark?: () => () => void,
  ): Worker<JobData> {
    const parkedPerCaller = Math.max(MIN_PARKED, 2 * concurrency);
    const shares = createCallerShares({
      slots: concurrency,
      parkedPerCaller,
      parkedInAll: parkedPerCaller * PARKED_IN_ALL_FACTOR,
      onParked: (count) => setConcurrency(worker, concurrency + count),
    });

    async function runInSlot(
      job: Job<JobData>,
      token: string,
      signal: AbortSignal,
      slot: CallerSlot,
    ): Promise<void> {
      const yieldSlot: YieldSlot = (wait) => (onPark ? slot.park(wait, onPark) : wait());
      try {
        await throttled(() => runSafely(job, token, () => runJob(job, token, signal, yieldSlot)));
      } finally {
        slot.release();
      }
    }

    const worker: Worker<JobData> = new Worker<JobData>(
      queue,
      (job, token = '', signal = new AbortController().signal) =>
        inFlight.track(async () => {
          const caller = job.data.caller ?? '';
          const slot = shares.take(caller);
          if (!slot) return delayJob(job, token, shares.delayMs(caller));
          return runInSlot(job, token, signal, slot);
        }),
      {
        connection: redis,
        concurrency,
        lockDuration: lockDurationMs,
        stalledInterval: stalledIntervalMs,
        // Not what limits deaths, which are counted separately: a lock may expire in a process
        // that is alive.
        maxStalledCount: 10,
      },
    );
    worker.on('error', (error) => options.onError?.(error));
    // Records a failure that comes from BullMQ itself, because its workers kept dying. The others
    // are recorded already.
    worker.on('failed', (job, error) => {
      if (job?.data.kind !== 'render' || !job.finishedOn) return;
      if (givenUp.delete(String(job.id))) return;
      options.giveUp(job.data, error).catch((failure: Error) => options.onError?.(failure));
    });
    return worker;
  }

  const workers = [
    open(
      RENDER_QUEUE,
      options.concurrency,
      (run) => bulkThrottle.runUrgent(() => linkThrottle.runUrgent(run)),
      () => {
        const resumes = [bulkThrottle.park(), linkThrottle.park()];
        return () => {
          for (const resume of resumes) resume();
        };
      },
    ),
    open(
      LINK_QUEUE,
      options.linkConcurrency ?? 1,
      async (run) => {
        await linkThrottle.holdBack();
        await bulkThrottle.runUrgent(run);
      },
      bulkThrottle.park,
    ),
    open(
      BULK_QUEUE,
      options.bulkConcurrency,
      async (run) => {
        await bulkThrottle.holdBack();
        await run();
      },
      () => () => undefined,
    ),
    // One at a time: each has a browser of its own, and jobs that kill it are rare.
    open(ISOLATED_QUEUE, 1, (run) => run()),
  ];

  return {
    /**
     * Takes no more jobs; resolves when those in flight are done. After `timeoutMs` it calls
     * `abort`, which makes the jobs fail with retryable errors, so that they return to the queue.
     */
    async close(timeoutMs: number, abort: () => Promise<void>): Promise<void> {
      await inFlight.close(workers, timeoutMs, () => {
        isShuttingDown = true;
        return abort();
      });
      await liveness.endInOrder();
    },
    isRunning: () => workers.every((worker) => worker.isRunning()),
  };
}
