import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError, toAppError } from '../errors/app-error.js';
import type { Caller, StepAside } from '../images/caller.js';
import type { MeasuredWarning, ProbeOutcome } from '../images/check-ports.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview } from '../images/ports.js';
import { answerAsker, leaveReply, packReply } from './ask-worker.js';
import { createBulkThrottle } from './bulk-throttle.js';
import { createCallerLanes, type Place } from './caller-lanes.js';
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
import { createSolitude } from './solitude.js';

export interface RenderTask {
  imageId: string;
  generation: number;
  /** 1 for the first attempt. */
  attempt: number;
  /** Of a batch or a link: it goes behind those that somebody with a key waits for. */
  canWait: boolean;
  /** To be drawn in a browser of its own: it may be what ended the last one. */
  isolated: boolean;
  /** Around waiting for pictures from outside. */
  aside: StepAside;
  caller?: Caller;
  signal: AbortSignal;
}

/** For whom something is made, and how it lets others go first meanwhile. */
export type Asking = Pick<RenderTask, 'aside' | 'caller'>;

export interface RenderWorkerOptions {
  /** A connection that waits for Redis; used for blocking and for replies. */
  redis: Redis;
  /** Jobs in hand at once that someone waits for. */
  concurrency: number;
  /** Of bulk beside those. */
  bulkConcurrency: number;
  /** Of links beside those. Default 1. */
  linkConcurrency?: number;
  /** Draws and stores. What it throws is tried again if it is retryable. */
  produce(task: RenderTask): Promise<void>;
  /** The last word on a job that will not be tried again. Idempotent. */
  giveUp(task: Pick<RenderTask, 'imageId' | 'generation'>, error: unknown): Promise<void>;
  preview(spec: ImageSpec, signal: AbortSignal, asking: Asking): Promise<Preview>;
  /** Lays images out without drawing them; their warnings, in their order. */
  measure(specs: ImageSpec[], signal: AbortSignal): Promise<MeasuredWarning[][]>;
  /** Looks once at the address of a picture. */
  probe(url: string, signal: AbortSignal, caller?: Caller): Promise<ProbeOutcome>;
  /** A process died while it worked on this: an image's id, or a job's. */
  onDeath?: (work: string, deaths: number) => void;
  /** A worker that dies is noticed after this and the interval. Default 20 s and 10 s. */
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  onError?: (error: Error) => void;
}

/** An attempt in company does not count, except for one that runs out of time alone as well. */
function isLastAttempt(job: Job<JobData>, error: AppError): boolean {
  const earlier = job.data.kind === 'render' ? (job.data.earlierAttempts ?? 0) : 0;
  const counted = error.code === 'render_timeout' ? Math.min(earlier, 1) : 0;
  return counted + job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/** For what is under way to end, before a job that has to be isolated. */
const QUIET_TIMEOUT_MS = 30_000;
const NOT_QUIET_DELAY_MS = 5_000;
/** Of the lock: whoever takes over a job knows by then whether its process lives. */
const LIVENESS_PART = 0.4;
/** Jobs of one caller, and of all, that may wait for pictures beside those that are in hand. */
const MIN_ASIDE = 8;
const CALLERS_ASIDE = 4;

/** What deaths of processes are counted by: an image's stay with it, however often it is asked for. */
const workOf = (job: Job<JobData>) =>
  job.data.kind === 'render' ? job.data.imageId : String(job.id);

async function putBack(job: Job<JobData>, token: string, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

function setApart(deaths: number): AppError {
  return new AppError('render_crashed', {
    detail:
      `The process that draws ended ${deaths} times while it worked on this, the last time while it did ` +
      'nothing else. Use smaller or simpler pictures and data; the log of the worker tells more. ' +
      'The same is not tried again within an hour.',
    retryable: false,
  });
}

/**
 * Lets the worker take more jobs at once. It looks at the number with the next job that ends; one
 * that is paused and goes on looks at once.
 */
function widen(worker: Worker, concurrency: number): void {
  const isMore = concurrency > worker.concurrency;
  worker.concurrency = concurrency;
  if (!isMore || worker.isPaused() || !worker.isRunning()) return;
  worker.pause(true).catch(() => undefined);
  worker.resume().catch(() => undefined);
}

/** Takes jobs from the queue until closed. Starts at once. */
export function createRenderWorker(options: RenderWorkerOptions) {
  const { redis, lockDurationMs = 20_000, stalledIntervalMs = 10_000 } = options;
  /** Jobs whose last word is said, until BullMQ has heard of it. */
  const givenUp = new Set<string>();
  let isBrokenOff = false;
  const inFlight = createJobsInFlight();
  const isolatedRetry = createIsolatedRetry(redis);
  const solitude = createSolitude();
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
      await leaveReply(redis, String(job.id), reply);
      return;
    }
    const { imageId, generation } = job.data;
    await options.giveUp({ imageId, generation }, error);
    givenUp.add(String(job.id));
    throw new UnrecoverableError(error.code);
  }

  /** Returns whether it is done; otherwise it goes on isolated. */
  async function render(
    job: Job<JobData>,
    token: string,
    signal: AbortSignal,
    asking: Asking,
  ): Promise<boolean> {
    if (job.data.kind !== 'render') return true;
    const { imageId, generation, earlierAttempts = 0 } = job.data;
    const attempt = earlierAttempts + job.attemptsMade + 1;
    const canWait = job.queueName === BULK_QUEUE || job.queueName === LINK_QUEUE;
    const isolated = job.queueName === ISOLATED_QUEUE;
    try {
      await options.produce({ imageId, generation, attempt, canWait, isolated, signal, ...asking });
      return true;
    } catch (thrown) {
      const error = toAppError(thrown);
      // The end of this process is not the job's fault, and costs it no attempt.
      if (isBrokenOff && error.retryable) return putBack(job, token, 0);
      if (!isolated && isolatedRetry.isCandidate(error)) {
        await isolatedRetry.takeOver(job.data, attempt, canWait);
        return false;
      }
      if (error.retryable && !isLastAttempt(job, error)) throw error;
      await giveUp(job, error);
      return true;
    }
  }

  const bulkThrottle = createBulkThrottle();
  /** Batches give way to readers of links as well. */
  const throttlesBulk = createBulkThrottle();

  async function work(
    job: Job<JobData>,
    token: string,
    signal: AbortSignal,
    aside: StepAside,
  ): Promise<boolean> {
    const { data } = job;
    const asking: Asking = { aside, ...(data.caller ? { caller: data.caller } : {}) };
    switch (data.kind) {
      case 'render':
        return render(job, token, signal, asking);
      case 'preview':
        await answerAsker(job, redis, async () => {
          const { body, ...head } = await options.preview(data.spec, signal, asking);
          return { head, body };
        });
        return true;
      case 'measure':
        await handleMeasure(job as Job<MeasureJobData>, redis, options.measure, signal);
        return true;
      case 'probe':
        await aside(() => handleProbe(job as Job<ProbeJobData>, redis, options.probe, signal));
        return true;
    }
  }

  async function counted(
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
   * What processes died over is drawn with nothing else in hand, once in a browser of its own: there
   * the innocent succeed, and whatever ends its process then ends nobody else's work.
   */
  async function serve(
    job: Job<JobData>,
    token: string,
    go: () => Promise<boolean>,
  ): Promise<void> {
    let outcome = await solitude.together(() => counted(job, false, go));
    if (outcome.kind === 'apart') {
      if (job.data.kind === 'render' && job.queueName !== ISOLATED_QUEUE) {
        const made = (job.data.earlierAttempts ?? 0) + job.attemptsMade;
        await isolatedRetry.takeOver(job.data, made, job.queueName === BULK_QUEUE);
        return;
      }
      const apart = await solitude.alone(() => counted(job, true, go), QUIET_TIMEOUT_MS);
      outcome = apart ?? (await putBack(job, token, NOT_QUIET_DELAY_MS));
    }
    if (outcome.kind === 'set_apart') await giveUp(job, setApart(outcome.deaths));
  }

  /** `whileAside` is called when a job lets others go first; without it none does. */
  function open(
    queue: string,
    concurrency: number,
    around: (go: () => Promise<void>) => Promise<void>,
    whileAside?: () => () => void,
  ): Worker<JobData> {
    const perCaller = Math.max(MIN_ASIDE, 2 * concurrency);
    const lanes = createCallerLanes({
      places: concurrency,
      perCaller,
      inAll: perCaller * CALLERS_ASIDE,
      onAside: (count) => widen(worker, concurrency + count),
    });

    async function take(
      job: Job<JobData>,
      token: string,
      signal: AbortSignal,
      place: Place,
    ): Promise<void> {
      const aside: StepAside = (wait) => (whileAside ? place.aside(wait, whileAside) : wait());
      try {
        await around(() => serve(job, token, () => work(job, token, signal, aside)));
      } finally {
        place.leave();
      }
    }

    const worker: Worker<JobData> = new Worker<JobData>(
      queue,
      (job, token = '', signal = new AbortController().signal) =>
        inFlight.hold(async () => {
          const caller = job.data.caller ?? '';
          const place = lanes.take(caller);
          if (!place) return putBack(job, token, lanes.delayMs(caller));
          return take(job, token, signal, place);
        }),
      {
        connection: redis,
        concurrency,
        // A worker that dies is noticed within half a minute.
        lockDuration: lockDurationMs,
        stalledInterval: stalledIntervalMs,
        // A lock may run out for other reasons than a death; those are counted by themselves.
        maxStalledCount: 10,
      },
    );
    worker.on('error', (error) => options.onError?.(error));
    // Reached when the queue itself gives a job up, because its workers kept dying.
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
      (go) => throttlesBulk.first(() => bulkThrottle.first(go)),
      () => {
        const ends = [throttlesBulk.aside(), bulkThrottle.aside()];
        return () => {
          for (const end of ends) end();
        };
      },
    ),
    open(
      LINK_QUEUE,
      options.linkConcurrency ?? 1,
      async (go) => {
        await bulkThrottle.turn();
        await throttlesBulk.first(go);
      },
      throttlesBulk.aside,
    ),
    open(
      BULK_QUEUE,
      options.bulkConcurrency,
      async (go) => {
        await throttlesBulk.turn();
        await go();
      },
      () => () => undefined,
    ),
    // One at a time: each has a browser of its own, and those that kill it are rare.
    open(ISOLATED_QUEUE, 1, (go) => go()),
  ];

  return {
    /**
     * Takes no more jobs; resolves when those in hand are done. After `timeoutMs` it calls
     * `breakOff`, which makes them fail as worth another try: so they go back to the queue.
     */
    async close(timeoutMs: number, breakOff: () => Promise<void>): Promise<void> {
      await inFlight.close(workers, timeoutMs, () => {
        isBrokenOff = true;
        return breakOff();
      });
      await liveness.leave();
    },
    isRunning: () => workers.every((worker) => worker.isRunning()),
  };
}
