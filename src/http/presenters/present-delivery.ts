import type { z } from 'zod';
import type {
  Delivery,
  DeliveryAttempt,
  DeliverySummary,
  EndpointState,
} from '../../webhooks/delivery.js';
import type {
  deliveryAttemptSchema,
  deliverySchema,
  deliverySummarySchema,
} from '../schemas/delivery.js';

function presentAttempt(attempt: DeliveryAttempt): z.infer<typeof deliveryAttemptSchema> {
  const { at, durationMs, status, error, answer } = attempt;
  return { at, duration_ms: durationMs, status: status ?? null, error: error ?? null, answer };
}

/** A delivery as lists show it. */
export function presentDeliverySummary(
  delivery: DeliverySummary,
): z.infer<typeof deliverySummarySchema> {
  return {
    id: delivery.id,
    type: delivery.type,
    url: delivery.url,
    status: delivery.status,
    attempt_count: delivery.attemptCount,
    last_attempt: delivery.lastAttempt ? presentAttempt(delivery.lastAttempt) : null,
    next_attempt_at: delivery.nextAttemptAt ?? null,
    created_at: delivery.createdAt,
    settled_at: delivery.settledAt ?? null,
    disabled_reason: delivery.disabledReason ?? null,
  };
}

/** A delivery with its message, its attempts, and what is known of its receiver. */
export function presentDelivery(
  delivery: Delivery,
  endpoint: EndpointState,
): z.infer<typeof deliverySchema> {
  const { failingSince, disabledAt, disabledReason } = endpoint;
  return {
    ...presentDeliverySummary(delivery),
    attempts: delivery.attempts.map(presentAttempt),
    message: JSON.parse(delivery.payload) as unknown,
    endpoint: {
      url: delivery.endpoint,
      status: disabledAt ? 'disabled' : failingSince ? 'failing' : 'active',
      failing_since: failingSince ?? null,
      disabled_at: disabledAt ?? null,
      disabled_reason: disabledReason ?? null,
    },
  };
}
