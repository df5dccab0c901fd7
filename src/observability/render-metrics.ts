import { Gauge, Histogram, type Registry } from 'prom-client';
import { type CollectGauges, plainGauge } from './collected-gauges.js';
import { createKnownCounter } from './known-counter.js';

const STAGE_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Includes waiting, which for the last row of a large batch takes minutes. */
const IMAGE_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const DECODER_DEATHS = ['time', 'memory', 'crashed', 'unstartable'] as const;
const DECODER_USERS = ['pictures', 'page_checks'] as const;
const RESTART_REASONS = ['crashed', 'quota', 'memory', 'hung'] as const;

/** Resources of Chromium's process tree. */
export interface BrowserFigures {
  processes: number;
  /** PSS of all of them; undefined if the system does not report it. */
  bytes: number | undefined;
  /** Limit of one browser, above which it is replaced. */
  limitBytes: number;
}

/** Metrics of making images: stages, results, browser, storage, refused connections. */
export function createRenderMetrics(registry: Registry, collectGauges: CollectGauges) {
  const stageSeconds = new Histogram({
    name: 'cardpress_render_stage_seconds',
    help: 'Time that one stage of making an image took.',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers: [registry],
  });
  const imageSeconds = new Histogram({
    name: 'cardpress_image_duration_seconds',
    help: 'Time from the acceptance of an image to its completion, waiting included.',
    buckets: IMAGE_BUCKETS,
    registers: [registry],
  });
  const settled = createKnownCounter(registry, {
    name: 'cardpress_images_settled_total',
    help: 'Images that reached a final state, by error code where they failed.',
    labelNames: ['template', 'status', 'code'],
  });
  const lastCompleted = new Gauge({
    name: 'cardpress_last_completed_timestamp_seconds',
    help: 'When this process last completed an image, in Unix time.',
    registers: [registry],
  });
  // A process without a completed image reports no time, rather than 1970.
  lastCompleted.remove();
  const browserRestarts = createKnownCounter(
    registry,
    {
      name: 'cardpress_browser_restarts_total',
      help: 'Browser processes replaced, by reason.',
      labelNames: ['reason'],
    },
    RESTART_REASONS.map((reason) => ({ reason })),
  );
  const pagesDiscarded = createKnownCounter(
    registry,
    {
      name: 'cardpress_browser_pages_discarded_total',
      help: 'Browser pages thrown away after a failure, by error code.',
      labelNames: ['code'],
    },
    [{ code: 'stamp_mismatch' }],
  );
  const egressRefused = createKnownCounter(registry, {
    name: 'cardpress_egress_refused_total',
    help: 'Outgoing connections that the address policy refused, by who wanted them.',
    labelNames: ['by', 'reason'],
  });
  const decoderDeaths = createKnownCounter(
    registry,
    {
      name: 'cardpress_decoder_deaths_total',
      help: 'Processes that read pictures and ended before their time, by reason: at their limit of time or memory, crashed, or never started.',
      labelNames: ['by', 'reason'],
    },
    DECODER_USERS.flatMap((by) => DECODER_DEATHS.map((reason) => ({ by, reason }))),
  );
  const storageErrors = createKnownCounter(registry, {
    name: 'cardpress_storage_errors_total',
    help: 'Operations that the storage failed, by kind of failure.',
    labelNames: ['operation', 'kind'],
  });

  return {
    renderStage(stage: string, seconds: number): void {
      stageSeconds.observe({ stage }, seconds);
    },
    /** `code` is the catalogue's code of a failure. */
    imageSettled(template: string, status: 'completed' | 'failed' | 'review', code = ''): void {
      settled.inc({ template, status, code });
    },
    /** `seconds`: since acceptance. */
    imageCompleted(seconds: number): void {
      imageSeconds.observe(seconds);
      lastCompleted.setToCurrentTime();
    },
    browserRestart(reason: (typeof RESTART_REASONS)[number]): void {
      browserRestarts.inc({ reason });
    },
    /** `code` is the catalogue's. */
    pageDiscarded(code: string): void {
      pagesDiscarded.inc({ code });
    },
    egressRefusal(by: 'browser' | 'pictures' | 'webhooks', reason: string): void {
      egressRefused.inc({ by, reason });
    },
    decoderDeath(
      by: (typeof DECODER_USERS)[number],
      reason: (typeof DECODER_DEATHS)[number],
    ): void {
      decoderDeaths.inc({ by, reason });
    },
    storageError(operation: string, kind: string): void {
      storageErrors.inc({ operation, kind });
    },
    /** Read at every scrape, e.g. `{idle: 2, busy: 1}`. Call once. */
    collectPagePool(read: () => Record<string, number>): void {
      collectGauges(read, [
        {
          name: 'cardpress_browser_pages',
          help: 'Kept browser pages, by state; "wanted" are jobs that wait for one.',
          labelNames: ['state'],
          samples: (pages) =>
            Object.entries(pages).map(([state, value]) => ({ labels: { state }, value })),
        },
      ]);
    },
    /** Read at every scrape. Call once. */
    collectBrowser(read: () => Promise<BrowserFigures>): void {
      collectGauges(read, [
        plainGauge('cardpress_browser_processes', 'Processes of Chromium.', (b) => b.processes),
        plainGauge(
          'cardpress_browser_memory_bytes',
          'Memory of the whole tree of Chromium, shared pages counted once (PSS).',
          (b) => b.bytes,
        ),
        plainGauge(
          'cardpress_browser_memory_limit_bytes',
          'Memory above which a browser is replaced: what its pages and their shells explain.',
          (b) => b.limitBytes,
        ),
      ]);
    },
  };
}
