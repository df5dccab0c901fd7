import { parseUrl } from '../lib/parse-url.js';
export const DELIVERY_TYPES = ['image.completed', 'image.failed', 'batch.completed'] as const;
export type DeliveryType = (typeof DELIVERY_TYPES)[number];

/**
 * `pending`: will be tried, or tried again. `delivered`: the receiver answered 2xx. `failed`: the
 * schedule is used up. `disabled`: its endpoint takes nothing any more.
 */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'disabled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** `gone`: it answered 410. `failing`: every attempt of five days failed. */
export type DisabledReason = 'gone' | 'failing';

/** Why an attempt got no answer. */
export type AttemptErrorCode = 'timeout' | 'unreachable' | 'forbidden_address' | 'bad_answer';

export interface DeliveryAttempt {
  /** When it began, ISO 8601 UTC. */
  at: string;
  durationMs: number;
  /** Of the answer; absent where there was none. */
  status?: number;
  /** Where there was no answer: why, with the remedy. */
  error?: { code: AttemptErrorCode; message: string };
  /** The first 1,000 bytes of the answer, as text. */
  answer: string;
}

/** A delivery without what makes it long. */
export interface DeliverySummary {
  /** The `webhook-id`: the same over all attempts and replays. */
  id: string;
  url: string;
  /** What is disabled as one: the address without its query, which may differ by message. */
  endpoint: string;
  /** `host:port`, for fairness and for logs: the path may hold a secret. */
  receiver: string;
  type: DeliveryType;
  status: DeliveryStatus;
  /** 1, and one more with each replay. */
  round: number;
  /** Attempts that count for the schedule of this round. */
  tries: number;
  /** Of all rounds. */
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

/** What is known of a receiver; an endpoint that works has nothing to tell. */
export interface EndpointState {
  /** First failure since the last success, ISO 8601 UTC. */
  failingSince?: string;
  disabledAt?: string;
  disabledReason?: DisabledReason;
}

/** Whom a message to `url` goes to. An address that is none is its own endpoint, and fails. */
export function addresseeOf(url: string): Pick<DeliverySummary, 'endpoint' | 'receiver'> {
  const parsed = parseUrl(url);
  if (!parsed) return { endpoint: url, receiver: '' };
  const { origin, pathname, host } = parsed;
  return { endpoint: origin + pathname, receiver: host };
}

/**
 * A letter, then letters, digits, `_` and `-`, at most 100: a dot would end the id in what is
 * signed, a colon in what names its job.
 */
export const isDeliveryId = (id: string) => /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(id);
