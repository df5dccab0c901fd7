import type { ErrorCode } from './api-types.js';

/** Where there was no answer of Cardpress: nothing came in time, nothing came, something else did. */
export type ClientCode = 'timeout' | 'unreachable' | 'unexpected_answer';

export interface FieldProblem {
  /** Such as `data.title` or `output.scale`. */
  path: string;
  message: string;
}

export interface ErrorFacts {
  code: ErrorCode | ClientCode;
  /** HTTP status; 0 where there was no answer. */
  status: number;
  requestId?: string | undefined;
  errors?: FieldProblem[] | undefined;
  imageId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/** A call that did not end well. `message` says what to do about it. */
export class CardpressError extends Error {
  override readonly name = 'CardpressError';
  readonly code: ErrorCode | ClientCode;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Names the request in the service's log. */
  readonly requestId: string | undefined;
  /** Every mistake in the input; empty where the input was not at fault. */
  readonly errors: readonly FieldProblem[];
  /** The image whose rendering failed. */
  readonly imageId: string | undefined;
  /** When the service asks for another try. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.errors = facts.errors ?? [];
    this.imageId = facts.imageId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** Seconds, whether the header says seconds or a date. Undefined where it says neither. */
function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}

/** The error that an answer tells of, whoever answered: a proxy knows nothing of our problems. */
export async function errorOfAnswer(answer: Response): Promise<CardpressError> {
  const { status, headers } = answer;
  const text = await answer.text();
  const retryAfterSeconds = readRetryAfter(headers.get('retry-after'));
  const requestId = headers.get('x-request-id') ?? undefined;
  let problem: Record<string, unknown> = {};
  try {
    problem = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    // Not ours.
  }
  if (typeof problem.code !== 'string' || typeof problem.detail !== 'string') {
    return new CardpressError(
      `Something that is not Cardpress answered with ${status}. Is baseUrl right, and the service up?`,
      { code: 'unexpected_answer', status, requestId, retryAfterSeconds },
    );
  }
  return new CardpressError(problem.detail, {
    code: problem.code as ErrorCode,
    status,
    requestId,
    errors: Array.isArray(problem.errors) ? (problem.errors as FieldProblem[]) : undefined,
    imageId: typeof problem.image_id === 'string' ? problem.image_id : undefined,
    retryAfterSeconds,
  });
}
