import { Counter, type Registry } from 'prom-client';

/**
 * A counter whose `known` label sets start at 0: Prometheus sees an increase only between two
 * samples, and would miss the first one of a series that begins at 1
 * (https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics).
 */
export function createKnownCounter<L extends string>(
  registry: Registry,
  config: { name: string; help: string; labelNames: readonly L[] },
  known: readonly Record<L, string>[] = [],
): Counter<L> {
  const counter = new Counter<L>({ ...config, registers: [registry] });
  for (const labels of known) counter.inc(labels, 0);
  return counter;
}
