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
  /** `nextAttemptAt` ISO 8601 UTC; absent where the schedule is used up. */
  | { kind: 'failed'; nextAttemptAt: string | undefined }
  /** The receiver wants no more. */
  | { kind: 'gone' };

export interface RecordedAttempt {
  id: string;
  round: number;
  endpoint: string;
  attempt: DeliveryAttempt;
  outcome: AttemptOutcome;
  /** An endpoint whose first failure is not after this is disabled by this failure. ISO 8601 UTC. */
  disableIfFailingSince: string;
}

export interface AttemptRecord {
  status: DeliveryStatus;
  /** Where this very attempt disabled the endpoint. */
  disabled?: DisabledReason;
}

/**
 * Where deliveries and the states of endpoints are kept. Every step is whole or not at all.
 * Every method throws AppError `redis_unavailable`.
 */
export interface DeliveryRecords {
  /**
   * Idempotent by id: what exists stays as it is. A delivery to a disabled endpoint is `disabled`
   * from the start.
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
   * Notes an attempt and what follows from it, for the delivery and its endpoint. The delivery of
   * another round, or one that is settled, keeps its status. Undefined where it is gone.
   */
  recordAttempt(recorded: RecordedAttempt): Promise<AttemptRecord | undefined>;
  /** Ends a delivery of this round, untried, because its endpoint is disabled. */
  disable(id: string, round: number, reason: DisabledReason, at: string): Promise<void>;
  /** Opens the next round. Undefined where the delivery is gone. */
  replay(id: string, at: string): Promise<Delivery | undefined>;
  /**
   * Deliveries whose attempt should have begun before `before` (ISO 8601 UTC). Of more than
   * `limit` a stretch from a random place, so that none is overlooked for ever.
   */
  overdue(before: string, limit: number): Promise<DeliveryTicket[]>;
  /** Forgets what is past its time. Returns how many. */
  trim(): Promise<number>;
}

export interface DeliveryTicket {
  id: string;
  round: number;
  /** `host:port` of the receiver: no receiver gets more than its share of a worker. */
  receiver: string;
}

/** Every method throws AppError `redis_unavailable`. */
export interface DeliveryQueue {
  /** As soon as possible. Adding a round that is there changes nothing. */
  add(ticket: DeliveryTicket): Promise<void>;
  state(ticket: Pick<DeliveryTicket, 'id' | 'round'>): Promise<'pending' | 'absent'>;
}

/**
 * Sends one POST, follows no redirect. The answer's body is cut at `maxBytes`; its headers are in
 * lower case.
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

/** @throws AppError `asset_forbidden`, `asset_unreachable` (the name cannot be looked up) */
export type CheckAddress = (url: string) => Promise<void>;
