import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client';
import { withDeadline } from '../errors/deadline.js';

/** A gauge whose source hangs must not take the scrape down with it; Prometheus gives up at 10 s. */
const COLLECT_TIMEOUT_MS = 2_000;

const HTTP_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STAGE_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type ByState = Record<string, number>;

/**
 * The process's figures, in a registry of its own. Labels are route patterns, template ids, codes
 * and states: sets that an operator bounds, never something that a caller can write.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const counter = <L extends string>(config: CounterConfiguration<L>) =>
    new Counter<L>({ ...config, registers: [registry] });

  const httpRequests = counter({
    name: 'cardpress_http_requests_total',
    help: 'HTTP requests answered, by route pattern.',
    labelNames: ['method', 'route', 'status'],
  });
  const httpSeconds = new Histogram({
    name: 'cardpress_http_request_duration_seconds',
    help: 'Time from request to the end of the answer, by route pattern.',
    labelNames: ['method', 'route'],
    buckets: HTTP_BUCKETS,
    registers: [registry],
  });
  const submissions = counter({
    name: 'cardpress_submissions_total',
    help: 'Images asked for: rendered anew, joined to a render under way, or reused.',
    labelNames: ['outcome'],
  });
  const stageSeconds = new Histogram({
    name: 'cardpress_render_stage_seconds',
    help: 'Time that one stage of making an image took.',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers: [registry],
  });
  const settled = counter({
    name: 'cardpress_images_settled_total',
    help: 'Images that reached a final state, by error code where they failed.',
    labelNames: ['template', 'status', 'code'],
  });
  const fallbackAnswers = counter({
    name: 'cardpress_fallback_answers_total',
    help: 'Public addresses that were answered with another picture than the one asked for.',
    labelNames: ['reason'],
  });
  const browserRestarts = counter({
    name: 'cardpress_browser_restarts_total',
    help: 'Browser processes replaced, by reason.',
    labelNames: ['reason'],
  });
  const egressRefused = counter({
    name: 'cardpress_egress_refused_total',
    help: 'Outgoing connections that the address policy refused.',
    labelNames: ['reason'],
  });

  /** A source that fails leaves its gauge out of this scrape: an old figure would be a lie. */
  function collectedGauge(
    name: string,
    help: string,
    read: () => Promise<ByState> | ByState,
  ): void {
    const gauge: Gauge<'state'> = new Gauge({
      name,
      help,
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        gauge.reset();
        try {
          const work = Promise.resolve(read());
          const states = await withDeadline(work, COLLECT_TIMEOUT_MS, () => new Error('too slow'));
          for (const [state, value] of Object.entries(states)) gauge.set({ state }, value);
        } catch {
          gauge.reset();
        }
      },
    });
  }

  return {
    /** `route` is the pattern, never the address. */
    httpRequest(method: string, route: string, status: number, seconds: number): void {
      httpRequests.inc({ method, route, status });
      httpSeconds.observe({ method, route }, seconds);
    },
    submission(outcome: 'rendered' | 'joined' | 'reused'): void {
      submissions.inc({ outcome });
    },
    renderStage(stage: string, seconds: number): void {
      stageSeconds.observe({ stage }, seconds);
    },
    /** `code` is the catalogue's code of a failure. */
    imageSettled(template: string, status: 'completed' | 'failed' | 'review', code = ''): void {
      settled.inc({ template, status, code });
    },
    browserRestart(reason: string): void {
      browserRestarts.inc({ reason });
    },
    fallbackAnswer(reason: string): void {
      fallbackAnswers.inc({ reason });
    },
    egressRefusal(reason: string): void {
      egressRefused.inc({ reason });
    },
    /** Read at every scrape, e.g. `{waiting: 3, active: 2}`. Call once. */
    collectQueueDepth(read: () => Promise<ByState> | ByState): void {
      collectedGauge('cardpress_queue_jobs', 'Render jobs in the queue, by state.', read);
    },
    /** Read at every scrape, e.g. `{idle: 2, busy: 1}`. Call once. */
    collectPagePool(read: () => Promise<ByState> | ByState): void {
      collectedGauge('cardpress_browser_pages', 'Kept browser pages, by state.', read);
    },
    contentType: registry.contentType,
    /** The exposition text. */
    text: () => registry.metrics(),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
