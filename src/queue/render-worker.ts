import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { AppError, toAppError } from '../errors/app-error.js';
import type { YieldSlot } from '../images/caller.js';
import { answerRequest, packReply, storeReply } from './ask-worker.js';
import { createBulkThrottle } from './bulk-throttle.js';
import { type CallerSlot, createCallerLanes } from './caller-lanes.js';
import { createExclusiveLock } from './exclusive-lock.js';
import { createIsolatedRetry } from './isolated-retry.js';
import { createJobsInFlight } from './jobs-in-flight.js';
import { createLiveness } from './liveness.js';
import { handleMeasure, type MeasureJobData } from './measurer.js';
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

/**
 * Shared attempts do not count, except that one is counted for a job that times out isolated as
 * well.
 */
function isLastAttempt(job: Job<JobData>, error: AppError): boolean {
  const earlier = job.data.kind === 'render' ? (job.data.earlierAttempts ?? 0) : 0;
  const earlierCounted = error.code === 'render_timeout' ? Math.min(earlier, 1) : 0;
  return earlierCounted + job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/** Time for jobs in flight to end before an isolated job starts. */
const IDLE_TIMEOUT_MS = 30_000;
const NOT_IDLE_DELAY_MS = 5_000;
/**
 * Share of the lock time: a worker that takes over a job knows by then whether the former process
 * is alive.
 */
const LIVENESS_PART = 0.4;
/**
 * Minimum of jobs of one caller that may be parked; all callers together have `CALLERS_PARKED`
 * times that.
 */
const MIN_PARKED = 8;
const CALLERS_PARKED = 4;

/**
 * A reader waits for 2.5 s in all. With calls by key under way all the time, link jobs that waited 1 s
 * each drew one image in a second (`npm run bench -- flood`).
 */
const LINK_MAX_WAIT_MS = 300;

/**
 * Name by which process deaths are counted: by image, however often it is requested; else by job.
 */
const workOf = (job: Job<JobData>) =>
  job.data.kind === 'render' ? job.data.imageId : String(job.id);

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

/**
 * Changes the concurrency of a worker. BullMQ applies it when the next job ends; pausing and
 * resuming applies it at once.
 */
function setConcurrency(worker: Worker, concurrency: number): void {
  const isMore = concurrency > worker.concurrency;
  worker.concurrency = concurrency;
  if (!isMore || worker.isPaused() || !worker.isRunning()) return;
  worker.pause(true).catch(() => undefined);
  worker.resume().catch(() => undefined);
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
  const livenessMs = lockDurationMs * LIVENESS_PART;
  const liveness = createLiveness(redis, livenessMs);
  const deaths = createProcessDeaths({
    redis,
    liveness,
    graceMs: livenessMs,
    ...(options.onDeath ? { onDeath: options.onDeath } : {}),
  });

  async function giveUp(job: Job<JobData>, error: AppError): Promise<void> {
    if (job.data.kind !== 'render') {
      const { code, detail } = error;
      const reply = packReply({ error: { code, detail } }, Buffer.alloc(0));
      await storeReply(redis, String(job.id), reply);
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
    if (job.data.kind !== 'render') return true;
    const { imageId, generation, earlierAttempts = 0 } = job.data;
    const attempt = earlierAttempts + job.attemptsMade + 1;
    const canWait = job.queueName === BULK_QUEUE || job.queueName === LINK_QUEUE;
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
      // The shutdown of this process is not the job's fault and costs no attempt.
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

  /** Delays link jobs for callers with a key. */
  const linkThrottle = createBulkThrottle(LINK_MAX_WAIT_MS);
  /** Delays batches for callers with a key and for link readers. */
  const batchThrottle = createBulkThrottle();

  async function work(
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
        await answerRequest(job, redis, async () => {
          const { body, ...head } = await options.preview(data.spec, signal, context);
          return { head, body };
        });
        return true;
      case 'measure':
        await handleMeasure(job as Job<MeasureJobData>, redis, options.measure, signal);
        return true;
      case 'probe':
        await yieldSlot(() => handleProbe(job as Job<ProbeJobData>, redis, options.probe, signal));
        return true;
    }
  }

  async function countingDeaths(
    job: Job<JobData>,
    isolated: boolean,
    go: () => Promise<boolean>,
  ): Promise<Beginning> {
    const beginning = await deaths.begin(workOf(job), { isolated });
    if (beginning.kind !== 'begun') return beginning;
    let isDone = false;
    try {
      isDone = await go();
    } finally {
      deaths.end(workOf(job), isDone);
    }
    return beginning;
  }

  /**
   * Work over which processes died is drawn while nothing else is in flight, in a browser of its
   * own: harmless work succeeds there, and work that kills its process harms no other.
   */
  async function runSafely(
    job: Job<JobData>,
    token: string,
    go: () => Promise<boolean>,
  ): Promise<void> {
    let outcome = await lock.runShared(() => countingDeaths(job, false, go));
    if (outcome.kind === 'apart') {
      if (job.data.kind === 'render' && job.queueName !== ISOLATED_QUEUE) {
        const made = (job.data.earlierAttempts ?? 0) + job.attemptsMade;
        await isolatedRetry.takeOver(job.data, made, job.queueName === BULK_QUEUE);
        return;
      }
      const apart = await lock.runExclusive(() => countingDeaths(job, true, go), IDLE_TIMEOUT_MS);
      outcome = apart ?? (await delayJob(job, token, NOT_IDLE_DELAY_MS));
    }
    if (outcome.kind === 'set_apart') await giveUp(job, refusal(outcome.deaths));
  }

  /**
   * Opens a worker for one queue. `whileParked` is called when a job is parked; without it jobs are
   * never parked.
   */
  function open(
    queue: string,
    concurrency: number,
    around: (go: () => Promise<void>) => Promise<void>,
    whileParked?: () => () => void,
  ): Worker<JobData> {
    const perCaller = Math.max(MIN_PARKED, 2 * concurrency);
    const lanes = createCallerLanes({
      slots: concurrency,
      perCaller,
      inAll: perCaller * CALLERS_PARKED,
      onParked: (count) => setConcurrency(worker, concurrency + count),
    });

    async function take(
      job: Job<JobData>,
      token: string,
      signal: AbortSignal,
      slot: CallerSlot,
    ): Promise<void> {
      const yieldSlot: YieldSlot = (wait) => (whileParked ? slot.park(wait, whileParked) : wait());
      try {
        await around(() => runSafely(job, token, () => work(job, token, signal, yieldSlot)));
      } finally {
        slot.release();
      }
    }

    const worker: Worker<JobData> = new Worker<JobData>(
      queue,
      (job, token = '', signal = new AbortController().signal) =>
        inFlight.track(async () => {
          const caller = job.data.caller ?? '';
          const slot = lanes.take(caller);
          if (!slot) return delayJob(job, token, lanes.delayMs(caller));
          return take(job, token, signal, slot);
        }),
      {
        connection: redis,
        concurrency,
        // A dead worker is noticed within half a minute.
        lockDuration: lockDurationMs,
        stalledInterval: stalledIntervalMs,
        // A lock may expire for other reasons than a death; deaths are counted separately.
        maxStalledCount: 10,
      },
    );
    worker.on('error', (error) => options.onError?.(error));
    // Called when BullMQ itself fails a job, because its workers kept dying.
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
      (go) => batchThrottle.prioritize(() => linkThrottle.prioritize(go)),
      () => {
        const ends = [batchThrottle.park(), linkThrottle.park()];
        return () => {
          for (const end of ends) end();
        };
      },
    ),
    open(
      LINK_QUEUE,
      options.linkConcurrency ?? 1,
      async (go) => {
        await linkThrottle.waitForTurn();
        await batchThrottle.prioritize(go);
      },
      batchThrottle.park,
    ),
    open(
      BULK_QUEUE,
      options.bulkConcurrency,
      async (go) => {
        await batchThrottle.waitForTurn();
        await go();
      },
      () => () => undefined,
    ),
    // One at a time: each has a browser of its own, and jobs that kill it are rare.
    open(ISOLATED_QUEUE, 1, (go) => go()),
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
