import type { Metrics } from '../../observability/metrics.js';
import type { Readiness } from '../../observability/readiness.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { healthSchema, readinessSchema } from '../schemas/operations.js';

type Figures = Pick<Metrics, 'text' | 'contentType'>;

export interface OperationRoutesDeps {
  readiness: Readiness;
  metrics: Figures;
  /** `/metrics` is on a port of its own, and not here. */
  hasMetricsElsewhere?: boolean;
}

/** Metrics, for Prometheus. */
export function metricsRoute(metrics: Figures): Endpoint {
  return defineEndpoint({
    method: 'get',
    path: '/metrics',
    summary: 'Figures for Prometheus',
    description: 'With `METRICS_PORT` set, on that port alone.',
    tag: 'Operations',
    access: 'public',
    quiet: true,
    exact: true,
    answers: { 200: { description: 'Exposition format.', content: { 'text/plain': undefined } } },
    async handle(_input, res) {
      const text = await metrics.text();
      res.setHeader('Cache-Control', 'no-store');
      res.setHeader('Content-Type', metrics.contentType);
      res.end(text);
    },
  });
}

/** For operators: probes and metrics. */
export function operationRoutes(deps: OperationRoutesDeps): Endpoint[] {
  const { readiness } = deps;
  const json = { 'application/json': readinessSchema };
  return [
    defineEndpoint({
      method: 'get',
      path: '/healthz',
      summary: 'Whether this process runs',
      tag: 'Operations',
      access: 'public',
      quiet: true,
      exact: true,
      answers: {
        200: { description: 'It does.', content: { 'application/json': healthSchema } },
      },
      handle(_input, res) {
        res.setHeader('Cache-Control', 'no-store');
        res.json({ status: 'ok' });
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/readyz',
      summary: 'Whether this process should get traffic',
      description: 'One missed check does not flip the answer; two in a row do.',
      tag: 'Operations',
      access: 'public',
      quiet: true,
      exact: true,
      answers: {
        200: { description: 'Everything it needs works.', content: json },
        503: { description: 'At least one check fails.', content: json },
      },
      async handle(_input, res) {
        const { ok, checks } = await readiness.check();
        res.setHeader('Cache-Control', 'no-store');
        res.status(ok ? 200 : 503).json({ status: ok ? 'ready' : 'unavailable', checks });
      },
    }),
    ...(deps.hasMetricsElsewhere ? [] : [metricsRoute(deps.metrics)]),
  ];
}
