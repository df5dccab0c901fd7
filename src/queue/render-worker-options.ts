import type { Redis } from 'ioredis';
import type { Caller, YieldSlot } from '../images/caller.js';
import type { MeasuredWarning, ProbeOutcome } from '../images/check-ports.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview } from '../images/ports.js';

export interface RenderTask {
  imageId: string;
  generation: number;
  /** 1 for the first attempt. */
  attempt: number;
  /** Of a batch or a link: it goes after jobs that a caller with a key waits for. */
  canWait: boolean;
  /** To be drawn in a browser of its own: it may have killed the last browser. */
  isolated: boolean;
  /** Wraps waiting for assets from outside. */
  yieldSlot: YieldSlot;
  caller?: Caller;
  signal: AbortSignal;
}

/** The caller of a job, and how the job yields its slot while it waits. */
export type JobContext = Pick<RenderTask, 'yieldSlot' | 'caller'>;

export interface RenderWorkerOptions {
  /** A connection that waits until Redis is reachable; used for blocking and for replies. */
  redis: Redis;
  /** Jobs in flight at once that someone waits for. */
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
  /** Lays images out without drawing them; returns their warnings in their order. */
  measure(specs: ImageSpec[], signal: AbortSignal): Promise<MeasuredWarning[][]>;
  /** Probes the address of an asset once. */
  probe(url: string, signal: AbortSignal, caller?: Caller): Promise<ProbeOutcome>;
  /** Called when a process died while it did this work: an image's id, or a job's. */
  onDeath?: (work: string, deaths: number) => void;
  /** A dead worker is noticed after this time plus the interval. Defaults 20 s and 10 s. */
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  onError?: (error: Error) => void;
}
