import { Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../lib/deadline.js';

/** A source that hangs must not take the scrape down with it; Prometheus gives up at 10 s. */
const COLLECT_TIMEOUT_MS = 2_000;

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

export interface CollectedGauge<T> {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** What a reading says; nothing where it says nothing. */
  samples(reading: T): Sample[];
}

/** A gauge without labels over a reading; `undefined` leaves it out of the scrape. */
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
 * Gauges that are read when they are scraped. Those of one call share one reading a scrape. A
 * source that fails or takes longer than `timeoutMs` leaves its gauges out of this scrape: an old
 * figure would be a lie.
 */
export function createCollectGauges(registry: Registry) {
  return function collectGauges<T>(
    read: () => Promise<T> | T,
    gauges: readonly CollectedGauge<T>[],
    timeoutMs = COLLECT_TIMEOUT_MS,
  ): void {
    let underWay: Promise<{ reading: T } | undefined> | undefined;
    const readOnce = () => {
      underWay ??= withDeadline(
        Promise.resolve().then(read),
        timeoutMs,
        () => new Error('too slow'),
      )
        .then(
          (reading) => ({ reading }),
          () => undefined,
        )
        .finally(() => {
          underWay = undefined;
        });
      return underWay;
    };
    for (const { name, help, labelNames, samples } of gauges) {
      const forget = () => {
        gauge.reset();
        // Without labels there is one sample, which a reset makes 0.
        if (labelNames.length === 0) gauge.remove();
      };
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames,
        registers: [registry],
        async collect() {
          const found = await readOnce();
          forget();
          for (const { labels, value } of found ? samples(found.reading) : []) {
            gauge.set(labels, value);
          }
        },
      });
      forget();
    }
  };
}

export type CollectGauges = ReturnType<typeof createCollectGauges>;
