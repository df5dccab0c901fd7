import { parseUrl } from '../lib/parse-url.js';
export const DELIVERY_TYPES = ['image.completed', 'image.failed', 'batch.completed'] as const;
export type DeliveryType = (typeof DELIVERY_TYPES)[number];

/**
 * `pending`: will be tried, or tried again. `delivered`: the receiver answered 2xx. `failed`: the
 * schedule is used up. `disabled`: its endpoint is disabled.
 */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'disabled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** `gone`: it answered 410. `failing`: every attempt of five days failed. */
export type DisabledReason = 'gone' | 'failing';

/** Why an attempt got no usable response. */
export type AttemptErrorCode = 'timeout' | 'unreachable' | 'forbidden_address' | 'bad_answer';

export interface DeliveryAttempt {
  /** When it began, ISO 8601 UTC. */
  at: string;
  durationMs: number;
  /** Status of the response; absent if there was none. */
  status?: number;
  /** Reason and remedy if there was no response. */
  error?: { code: AttemptErrorCode; message: string };
  /** The first 1,000 bytes of the response, as text. */
  answer: string;
}

/** A delivery without its payload and attempts. */
export interface DeliverySummary {
  /** The `webhook-id`: equal for all attempts and replays. */
  id: string;
  url: string;
  /** The unit that is disabled: the address without its query, which may differ by message. */
  endpoint: string;
  /** `host:port`, for fair shares and for logs, because the path may contain a secret. */
  receiver: string;
  type: DeliveryType;
  status: DeliveryStatus;
  /** 1, and one more with each replay. */
  round: number;
  /** Attempts that count for the schedule of this round. */
  tries: number;
  /** Attempts of all rounds. */
  attemptCount: number;
  lastAttempt?: DeliveryAttempt;
  /** ISO 8601 UTC; with status `pending`. */
  nextAttemptAt?: string;
  createdAt: string;
  /** When it got its final status. */
  settledAt?: string;
  /** With status `disabled`. */
  disabledReason?: DisabledReason;
}

export interface Delivery extends DeliverySummary {
  /** The newest 50, oldest first. */
  attempts: DeliveryAttempt[];
  /** The body: the exact text of every attempt. */
  payload: string;
}

/** State of a receiver's endpoint; empty for a working one. */
export interface EndpointState {
  /** First failure since the last success, ISO 8601 UTC. */
  failingSince?: string;
  disabledAt?: string;
  disabledReason?: DisabledReason;
}

/** Endpoint and receiver of `url`. An invalid address is its own endpoint, and fails. */
export function endpointOf(url: string): Pick<DeliverySummary, 'endpoint' | 'receiver'> {
  const parsed = parseUrl(url);
  if (!parsed) return { endpoint: url, receiver: '' };
  const { origin, pathname, host } = parsed;
  return { endpoint: origin + pathname, receiver: host };
}

/**
 * A letter, then letters, digits, `_` and `-`, at most 100: a dot would end the id in the signed
 * text, a colon in the job's name.
 */
export const isDeliveryId = (id: string) => /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(id);
