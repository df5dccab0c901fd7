import { Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../lib/deadline.js';

/** A hanging source must not fail the whole scrape; Prometheus gives up at 10 s. */
const COLLECT_TIMEOUT_MS = 2_000;

export interface GaugeSample {
  labels: Record<string, string>;
  value: number;
}

export interface CollectedGauge<T> {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** The samples of a reading; empty if it has none. */
  samples(reading: T): GaugeSample[];
}

/** A gauge without labels; `undefined` leaves it out of the scrape. */
export function plainGauge<T>(
  name: string,
  help: string,
  value: (reading: T) => number | undefined,
): CollectedGauge<T> {
  return {
    name,
    help,
    labelNames: [],
    samples(reading) {
      const found = value(reading);
      return found === undefined ? [] : [{ labels: {}, value: found }];
    },
  };
}

/**
 * Gauges that are read when scraped. Those of one call share one reading per scrape. If a source
 * fails or takes longer than `timeoutMs`, its gauges are left out of this scrape, because an old
 * value would be wrong.
 */
export function createCollectGauges(registry: Registry) {
  return function collectGauges<T>(
    read: () => Promise<T> | T,
    gauges: readonly CollectedGauge<T>[],
    timeoutMs = COLLECT_TIMEOUT_MS,
  ): void {
    let inFlight: Promise<{ reading: T } | undefined> | undefined;
    const readOnce = () => {
      inFlight ??= withDeadline(
        Promise.resolve().then(read),
        timeoutMs,
        () => new Error('too slow'),
      )
        .then(
          (reading) => ({ reading }),
          () => undefined,
        )
        .finally(() => {
          inFlight = undefined;
        });
      return inFlight;
    };
    for (const { name, help, labelNames, samples } of gauges) {
      const clear = () => {
        gauge.reset();
        // A gauge without labels has one sample, which `reset` sets to 0.
        if (labelNames.length === 0) gauge.remove();
      };
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames,
        registers: [registry],
        async collect() {
          const found = await readOnce();
          clear();
          for (const { labels, value } of found ? samples(found.reading) : []) {
            gauge.set(labels, value);
          }
        },
      });
      clear();
    }
  };
}

export type CollectGauges = ReturnType<typeof createCollectGauges>;
