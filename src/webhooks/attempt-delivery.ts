import { AppError } from '../errors/app-error.js';
import type {
  AttemptErrorCode,
  Delivery,
  DeliveryAttempt,
  DeliveryStatus,
  DisabledReason,
} from './delivery.js';
import type { AttemptOutcome, DeliveryRecords, DeliveryTicket, Post } from './ports.js';
import { type RetrySchedule, readRetryAfter } from './retry-schedule.js';
import type { SignDelivery } from './sign-delivery.js';

/** Standard Webhooks recommends 15 to 30 s. */
export const ATTEMPT_TIMEOUT_MS = 15_000;
/** As Svix does. */
const DISABLE_AFTER_MS = 5 * 24 * 3_600_000;
const ANSWER_MAX_BYTES = 1_000;

export interface AttemptDeliveryDeps {
  records: DeliveryRecords;
  post: Post;
  sign: SignDelivery;
  schedule: RetrySchedule;
  /** Name and version, for receivers' logs. */
  userAgent: string;
  timeoutMs?: number;
  now?: () => Date;
  /** Called after each recorded attempt. `receiver` is `host:port`. */
  onAttempt?: (told: {
    id: string;
    receiver: string;
    attempt: DeliveryAttempt;
    status: DeliveryStatus;
  }) => void;
  onEndpointDisabled?: (told: { id: string; receiver: string; reason: DisabledReason }) => void;
}

export type NextStep = { kind: 'done' } | { kind: 'again'; delayMs: number };

const DONE: NextStep = { kind: 'done' };

interface Sent {
  attempt: DeliveryAttempt;
  /** The delay that the receiver requested, if any. */
  retryAfterMs: number | undefined;
}

function describeFailure(error: AppError): { code: AttemptErrorCode; message: string } {
  const { detail } = error;
  if (error.code === 'asset_forbidden') return { code: 'forbidden_address', message: detail };
  if (error.code === 'asset_unreachable') return { code: 'unreachable', message: detail };
  const message = 'The answer is compressed in a way that cannot be read. Answer without a body.';
  return { code: 'bad_answer', message };
}

/**
 * Makes one attempt at a delivery: signs, posts, records, and returns what comes next. The record
 * decides what is due, not the job: an attempt that is too early, obsolete or of an older round is
 * not made.
 */
export function createAttemptDelivery(deps: AttemptDeliveryDeps) {
  const { records, post, sign, schedule, timeoutMs = ATTEMPT_TIMEOUT_MS } = deps;
  const now = deps.now ?? (() => new Date());

  /**
   * @throws errors that are not the receiver's: a shutdown of this process, an error on our side
   */
  async function send(delivery: Delivery, signal: AbortSignal): Promise<Sent> {
    const { id, url, payload } = delivery;
    const at = now();
    const startedMs = performance.now();
    const deadline = AbortSignal.timeout(timeoutMs);
    const done = (rest: Pick<DeliveryAttempt, 'status' | 'error' | 'answer'>): DeliveryAttempt => ({
      at: at.toISOString(),
      durationMs: Math.round(performance.now() - startedMs),
      ...rest,
    });
    try {
      const answer = await post(url, {
        headers: {
          'content-type': 'application/json',
          'user-agent': deps.userAgent,
          'accept-encoding': 'identity',
          // A keep-alive connection that the receiver closes at this moment would cost an attempt.
          connection: 'close',
          ...sign({ id, at, body: payload }),
        },
        body: payload,
        maxBytes: ANSWER_MAX_BYTES,
        signal: AbortSignal.any([deadline, signal]),
      });
      return {
        attempt: done({ status: answer.status, answer: answer.body.toString('utf8') }),
        retryAfterMs: readRetryAfter(answer, now()),
      };
    } catch (error) {
      if (signal.aborted || !(error instanceof AppError)) throw error;
      const message = `The receiver did not answer in full within ${timeoutMs / 1_000} s. Answer first, then work.`;
      const failure = deadline.aborted
        ? { code: 'timeout' as const, message }
        : describeFailure(error);
      return { attempt: done({ error: failure, answer: '' }), retryAfterMs: undefined };
    }
  }

  function judge(delivery: Delivery, sent: Sent): { outcome: AttemptOutcome; delayMs: number } {
    const { status = 0 } = sent.attempt;
    if (status >= 200 && status < 300) return { outcome: { kind: 'delivered' }, delayMs: 0 };
    if (status === 410) return { outcome: { kind: 'gone' }, delayMs: 0 };
    const delayMs = schedule.delayAfter(delivery.tries + 1, sent.retryAfterMs);
    const nextAttemptAt =
      delayMs === undefined ? undefined : new Date(now().getTime() + delayMs).toISOString();
    return { outcome: { kind: 'failed', nextAttemptAt }, delayMs: delayMs ?? 0 };
  }

  /** The first attempt of a manual replay: this is how a disabled endpoint comes back. */
  const isByHand = ({ round, tries }: Delivery) => round > 1 && tries === 0;

  /**
   * @param signal aborts the attempt without a record; it then throws, and is to be repeated
   * @throws AppError `redis_unavailable`, and any error on our side: to be repeated as well
   */
  return async function attemptDelivery(
    ticket: Pick<DeliveryTicket, 'id' | 'round'>,
    signal: AbortSignal,
  ): Promise<NextStep> {
    const delivery = await records.get(ticket.id);
    if (delivery?.status !== 'pending' || delivery.round !== ticket.round) return DONE;
    const { id, round, endpoint, receiver } = delivery;

    const earlyMs = Date.parse(delivery.nextAttemptAt ?? '') - now().getTime();
    if (earlyMs > 0) return { kind: 'again', delayMs: earlyMs };

    const { disabledReason } = await records.endpoint(endpoint);
    if (disabledReason && !isByHand(delivery)) {
      await records.disable(id, round, disabledReason, now().toISOString());
      return DONE;
    }

    const sent = await send(delivery, signal);
    const { outcome, delayMs } = judge(delivery, sent);
    const recorded = await records.recordAttempt({
      id,
      round,
      endpoint,
      attempt: sent.attempt,
      outcome,
      disableIfFailingSince: new Date(now().getTime() - DISABLE_AFTER_MS).toISOString(),
    });
    if (!recorded) return DONE;
    deps.onAttempt?.({ id, receiver, attempt: sent.attempt, status: recorded.status });
    if (recorded.disabled) {
      deps.onEndpointDisabled?.({ id, receiver, reason: recorded.disabled });
    }
    return recorded.status === 'pending' ? { kind: 'again', delayMs } : DONE;
  };
}

export type AttemptDelivery = ReturnType<typeof createAttemptDelivery>;
