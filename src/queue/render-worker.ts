import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type AppError, toAppError } from '../errors/app-error.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview, ProbeOutcome } from '../images/ports.js';
import type { Warning } from '../templates/template.js';
import { answerAsker } from './ask-worker.js';
import { createGiveWay } from './give-way.js';
import { createJobsInHand } from './jobs-in-hand.js';
import { handleMeasure, type MeasureJobData } from './measurer.js';
import { handleProbe, type ProbeJobData } from './prober.js';
import { ALONE_QUEUE, BULK_QUEUE, type JobData, RENDER_QUEUE } from './render-jobs.js';
import { createSuspects } from './suspects.js';

export interface RenderTask {
  imageId: string;
  generation: number;
  /** 1 for the first attempt. */
  attempt: number;
  /** Of a batch: it goes behind those that somebody waits for. */
  canWait: boolean;
  /** To be drawn in a browser of its own: it may be what ended the last one. */
  alone: boolean;
  signal: AbortSignal;
}

export interface RenderWorkerOptions {
  /** A connection that waits for Redis; used for blocking and for replies. */
  redis: Redis;
  /** Jobs in hand at once that someone waits for. */
  concurrency: number;
  /** Of bulk beside those. */
  bulkConcurrency: number;
  /** Draws and stores. What it throws is tried again if it is retryable. */
  produce(task: RenderTask): Promise<void>;
  /** The last word on a job that will not be tried again. Idempotent. */
  giveUp(task: Pick<RenderTask, 'imageId' | 'generation'>, error: unknown): Promise<void>;
  preview(spec: ImageSpec, signal: AbortSignal): Promise<Preview>;
  /** Lays images out without drawing them; their warnings, in their order. */
  measure(specs: ImageSpec[], signal: AbortSignal): Promise<Warning[][]>;
  /** Looks once at the address of a picture. */
  probe(url: string, signal: AbortSignal): Promise<ProbeOutcome>;
  onError?: (error: Error) => void;
}

/** An attempt in company does not count, except for one that runs out of time alone as well. */
function isLastAttempt(job: Job<JobData>, error: AppError): boolean {
  const earlier = job.data.kind === 'render' ? (job.data.earlierAttempts ?? 0) : 0;
  const counted = error.code === 'render_timeout' ? Math.min(earlier, 1) : 0;
  return counted + job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/** Takes jobs from the queue until closed. Starts at once. */
export function createRenderWorker(options: RenderWorkerOptions) {
  /** Jobs whose last word is said, until BullMQ has heard of it. */
  const givenUp = new Set<string>();
  let isBrokenOff = false;
  const inHand = createJobsInHand();
  const suspects = createSuspects(options.redis);

  async function render(job: Job<JobData>, token: string, signal: AbortSignal): Promise<void> {
    if (job.data.kind !== 'render') return;
    const { imageId, generation, earlierAttempts = 0 } = job.data;
    const attempt = earlierAttempts + job.attemptsMade + 1;
    const canWait = job.queueName === BULK_QUEUE;
    const alone = job.queueName === ALONE_QUEUE;
    try {
      await options.produce({ imageId, generation, attempt, canWait, alone, signal });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isBrokenOff && error.retryable) {
        // The end of this process is not the job's fault, and costs it no attempt.
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      if (!alone && suspects.isSuspect(error)) {
        await suspects.takeOver(job.data, attempt, canWait);
        return;
      }
      if (error.retryable && !isLastAttempt(job, error)) throw error;
      await options.giveUp({ imageId, generation }, error);
      givenUp.add(String(job.id));
      throw new UnrecoverableError(error.code);
    }
  }

  const giveWay = createGiveWay();

  async function work(job: Job<JobData>, token: string, signal: AbortSignal): Promise<void> {
    const { redis } = options;
    const { data } = job;
    switch (data.kind) {
      case 'render':
        return render(job, token, signal);
      case 'preview':
        return answerAsker(job, redis, async () => {
          const { body, ...head } = await options.preview(data.spec, signal);
          return { head, body };
        });
      case 'measure':
        return handleMeasure(job as Job<MeasureJobData>, redis, options.measure, signal);
      case 'probe':
        return handleProbe(job as Job<ProbeJobData>, redis, options.probe, signal);
    }
  }

  function open(queue: string, concurrency: number, process: typeof work): Worker<JobData> {
    const worker = new Worker<JobData>(
      queue,
      (job, token = '', signal = new AbortController().signal) =>
        inHand.hold(() => process(job, token, signal)),
      {
        connection: options.redis,
        concurrency,
        // A worker that dies is noticed within half a minute.
        lockDuration: 20_000,
        stalledInterval: 10_000,
        // Dying workers are not the job's fault; attempts bound what is.
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
    open(RENDER_QUEUE, options.concurrency, (job, token, signal) =>
      giveWay.first(() => work(job, token, signal)),
    ),
    open(BULK_QUEUE, options.bulkConcurrency, async (job, token, signal) => {
      await giveWay.turn();
      await work(job, token, signal);
    }),
    // One at a time: each has a browser of its own, and those that kill it are rare.
    open(ALONE_QUEUE, 1, work),
  ];

  return {
    /**
     * Takes no more jobs; resolves when those in hand are done. After `timeoutMs` it calls
     * `breakOff`, which makes them fail as worth another try: so they go back to the queue.
     */
    close: (timeoutMs: number, breakOff: () => Promise<void>): Promise<void> =>
      inHand.close(workers, timeoutMs, () => {
        isBrokenOff = true;
        return breakOff();
      }),
    isRunning: () => workers.every((worker) => worker.isRunning()),
  };
}
