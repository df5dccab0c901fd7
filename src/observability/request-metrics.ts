import { Histogram, type Registry } from 'prom-client';
import { createKnownCounter } from './known-counter.js';

const HTTP_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LINK_REFUSALS = ['full', 'too_fast', 'busy', 'network'] as const;
const OUTCOMES = ['rendered', 'joined', 'reused'] as const;
const CUTS = ['slow_reader', 'idle', 'too_many', 'too_many_of_client'] as const;

/** Metrics of incoming work: requests, requested images, hooks. */
export function createRequestMetrics(registry: Registry) {
  const requests = createKnownCounter(registry, {
    name: 'cardpress_http_requests_total',
    help: 'HTTP requests answered, by route pattern.',
    labelNames: ['method', 'route', 'status'],
  });
  const seconds = new Histogram({
    name: 'cardpress_http_request_duration_seconds',
    help: 'Time from request to the end of the answer, by route pattern.',
    labelNames: ['method', 'route'],
    buckets: HTTP_BUCKETS,
    registers: [registry],
  });
  const submissions = createKnownCounter(
    registry,
    {
      name: 'cardpress_submissions_total',
      help: 'Images asked for: rendered anew, joined to a render under way, or reused.',
      labelNames: ['outcome'],
    },
    OUTCOMES.map((outcome) => ({ outcome })),
  );
  const fallbackAnswers = createKnownCounter(registry, {
    name: 'cardpress_fallback_answers_total',
    help: 'Public addresses that were answered with another picture than the one asked for.',
    labelNames: ['reason'],
  });
  const linkRefusals = createKnownCounter(
    registry,
    {
      name: 'cardpress_link_refusals_total',
      help: 'Readers of links who were shown the picture without values, by the limit that was reached.',
      labelNames: ['reason'],
    },
    LINK_REFUSALS.map((reason) => ({ reason })),
  );
  const hookRequests = createKnownCounter(registry, {
    name: 'cardpress_hook_requests_total',
    help: 'Publish hooks: what each led to, or the code of its refusal.',
    labelNames: ['outcome'],
  });

  const connectionCuts = createKnownCounter(
    registry,
    {
      name: 'cardpress_http_connections_cut_total',
      help: 'Connections of callers that were ended or refused to keep their number within bounds.',
      labelNames: ['reason'],
    },
    CUTS.map((reason) => ({ reason })),
  );

  return {
    /** `route` is the pattern, never the address. */
    httpRequest(method: string, route: string, status: number, durationSeconds: number): void {
      requests.inc({ method, route, status });
      seconds.observe({ method, route }, durationSeconds);
    },
    submission(outcome: (typeof OUTCOMES)[number]): void {
      submissions.inc({ outcome });
    },
    connectionCut(reason: (typeof CUTS)[number]): void {
      connectionCuts.inc({ reason });
    },
    /** An error code, or one of the few other reasons. */
    fallbackAnswer(reason: string): void {
      fallbackAnswers.inc({ reason });
    },
    /** Which limit of a link was reached. */
    linkRefusal(reason: (typeof LINK_REFUSALS)[number]): void {
      linkRefusals.inc({ reason });
    },
    /** The action of the hook (`publish`, `update`, `unpublish`, `ignore`), or the error code. */
    hookRequest(outcome: string): void {
      hookRequests.inc({ outcome });
    },
  };
}
