import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { MeasuredWarning, ProbeOutcome } from '../images/check-ports.js';
import type { YieldSlot } from '../images/draw-options.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview } from '../images/ports.js';
import type { ProduceTask } from '../images/produce.js';

/** One attempt at a render job. The worker sets every option except `caller`. */
export interface RenderTask extends ProduceTask {
  canWait: boolean;
  isolated: boolean;
  yieldSlot: YieldSlot;
  signal: AbortSignal;
}

/** The caller of a job, and how the job yields its slot while it waits. */
export type JobContext = Pick<RenderTask, 'yieldSlot' | 'caller'>;

export interface RenderWorkerOptions {
  /** A connection that waits until Redis is reachable; used for blocking and for replies. */
  redis: Redis;
  /** Jobs of the main queue in flight at once. */
  concurrency: number;
  /** Bulk jobs in flight at once, in addition. */
  bulkConcurrency: number;
  /** Link jobs in flight at once, in addition. Default 1. */
  linkConcurrency?: number;
  /** Draws and stores an image. Retryable errors are tried again. */
  produce(task: RenderTask): Promise<void>;
  /** Records the final failure of a job that is not tried again. Idempotent. */
  giveUp(task: Pick<RenderTask, 'imageId' | 'generation'>, error: unknown): Promise<void>;
  preview(spec: ImageSpec, signal: AbortSignal, context: JobContext): Promise<Preview>;
  /** Lays images out without drawing them; one list of warnings for each spec, in their order. */
  measure(specs: ImageSpec[], signal: AbortSignal): Promise<MeasuredWarning[][]>;
  /** Probes the address of an asset once. */
  probe(url: string, signal: AbortSignal, caller?: Caller): Promise<ProbeOutcome>;
  /** Called when a process died while it did this work, named by the id of the image or the job. */
  onDeath?: (work: string, deaths: number) => void;
  /** A dead worker is noticed after this time plus the interval. Defaults 20 s and 10 s. */
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  onError?: (error: Error) => void;
}
