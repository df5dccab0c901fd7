import type { Registry } from 'prom-client';
import { createKnownCounter } from './known-counter.js';

const OUTCOMES = [
  'delivered',
  'refused',
  'timeout',
  'unreachable',
  'forbidden_address',
  'bad_answer',
] as const;
const ENDS = ['delivered', 'failed', 'disabled'] as const;
const REASONS = ['gone', 'failing'] as const;

/**
 * `refused`: the receiver answered, but not with 2xx. The others as in the record of an attempt.
 */
export type AttemptOutcomeLabel = (typeof OUTCOMES)[number];

/** Metrics of sending webhooks. Receivers are no labels, because their number is unbounded. */
export function createDeliveryMetrics(registry: Registry) {
  const attempts = createKnownCounter(
    registry,
    {
      name: 'cardpress_delivery_attempts_total',
      help: 'Attempts to deliver a webhook, by outcome.',
      labelNames: ['outcome'],
    },
    OUTCOMES.map((outcome) => ({ outcome })),
  );
  const settled = createKnownCounter(
    registry,
    {
      name: 'cardpress_deliveries_settled_total',
      help: 'Webhooks that an attempt brought to a final state.',
      labelNames: ['status'],
    },
    ENDS.map((status) => ({ status })),
  );
  const disabled = createKnownCounter(
    registry,
    {
      name: 'cardpress_endpoints_disabled_total',
      help: 'Webhook endpoints that were disabled, by reason.',
      labelNames: ['reason'],
    },
    REASONS.map((reason) => ({ reason })),
  );

  return {
    deliveryAttempt(outcome: AttemptOutcomeLabel): void {
      attempts.inc({ outcome });
    },
    deliverySettled(status: (typeof ENDS)[number]): void {
      settled.inc({ status });
    },
    endpointDisabled(reason: (typeof REASONS)[number]): void {
      disabled.inc({ reason });
    },
  };
}
