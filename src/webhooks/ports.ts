import type {
  Delivery,
  DeliveryAttempt,
  DeliveryStatus,
  DeliverySummary,
  DisabledReason,
  EndpointState,
} from './delivery.js';

export type NewDelivery = Pick<
  Delivery,
  'id' | 'url' | 'endpoint' | 'receiver' | 'type' | 'payload' | 'createdAt'
>;

export type AttemptOutcome =
  | { kind: 'delivered' }
  /** `nextAttemptAt` ISO 8601 UTC; absent if the schedule is used up. */
  | { kind: 'failed'; nextAttemptAt: string | undefined }
  /** The receiver wants no further messages. */
  | { kind: 'gone' };

export interface RecordedAttempt {
  id: string;
  round: number;
  endpoint: string;
  attempt: DeliveryAttempt;
  outcome: AttemptOutcome;
  /** If the endpoint's first failure is not after this, this failure disables it. ISO 8601 UTC. */
  disableIfFailingSince: string;
}

export interface AttemptRecord {
  status: DeliveryStatus;
  /** Set if this attempt disabled the endpoint. */
  disabled?: DisabledReason;
}

/**
 * Records of deliveries and of the states of endpoints. Every step is atomic. Every method throws
 * AppError `redis_unavailable`.
 */
export interface DeliveryRecords {
  /**
   * Idempotent by id: an existing delivery is unchanged. A delivery to a disabled endpoint is
   * `disabled` from the start.
   */
  add(delivery: NewDelivery): Promise<Delivery>;
  get(id: string): Promise<Delivery | undefined>;
  endpoint(endpoint: string): Promise<EndpointState>;
  /** Newest first. */
  list(query: {
    status?: DeliveryStatus | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ deliveries: DeliverySummary[]; nextCursor: string | undefined }>;
  /**
   * Records an attempt and its consequences for the delivery and its endpoint. A delivery of
   * another round, or a settled one, keeps its status. Undefined if it is gone.
   */
  recordAttempt(recorded: RecordedAttempt): Promise<AttemptRecord | undefined>;
  /** Ends a delivery of this round without an attempt, because its endpoint is disabled. */
  disable(id: string, round: number, reason: DisabledReason, at: string): Promise<void>;
  /** Opens the next round. Undefined if the delivery is gone. */
  replay(id: string, at: string): Promise<Delivery | undefined>;
  /**
   * Deliveries whose attempt should have begun before `before` (ISO 8601 UTC). If there are more
   * than `limit`, a range at a random position, so that none is overlooked for ever.
   */
  overdue(before: string, limit: number): Promise<DeliveryTicket[]>;
  /** Removes expired deliveries. Returns how many. */
  trim(): Promise<number>;
}

export interface DeliveryTicket {
  id: string;
  round: number;
  /** `host:port` of the receiver, for its fair share of a worker. */
  receiver: string;
}

/** Every method throws AppError `redis_unavailable`. */
export interface DeliveryQueue {
  /** Queues it for now. Adding a queued round again changes nothing. */
  add(ticket: DeliveryTicket): Promise<void>;
  state(ticket: Pick<DeliveryTicket, 'id' | 'round'>): Promise<'pending' | 'absent'>;
}

/**
 * Sends one POST without following redirects. The response's body is cut at `maxBytes`; its headers
 * are in lower case.
 * @throws AppError `asset_forbidden` (the address is not allowed), `asset_unreachable`,
 *   `asset_invalid` (compression), `cancelled` (by `signal`)
 */
export type Post = (
  url: string,
  options: {
    headers: Record<string, string>;
    body: string;
    maxBytes: number;
    signal: AbortSignal;
  },
) => Promise<{ status: number; headers: Record<string, string>; body: Buffer }>;

/** @throws AppError `asset_forbidden`, `asset_unreachable` (the name does not resolve) */
export type CheckAddress = (url: string) => Promise<void>;
