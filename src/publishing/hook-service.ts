import { AppError } from '../errors/app-error.js';
import { sourceCaller } from '../images/caller.js';
import type { HookAction, HookEvent } from './hook-event.js';
import type { HookReplays } from './hook-replays.js';
import { createBodyMap } from './map-body.js';
import { assertPageKey } from './page-key.js';
import { createDecoySource, senderRefusal } from './refuse-sender.js';
import type { HookRequest, Source, SourcePages, SourceRecords } from './source-ports.js';
import { readEvent, type SourceService } from './source-service.js';
import { StaleRequest, verifySender } from './verify-sender.js';

/**
 * Senders give up soon, Ghost after two seconds. Longer work continues after the response, and its
 * failure is reported to `onLate`.
 */
const ANSWER_WITHIN_MS = 700;

/** The result of a request. */
export interface HookOutcome {
  action: HookAction;
  event: string;
  page?: string;
  reason?: string;
}

export interface HookServiceDeps {
  sources: Pick<SourceService, 'get'>;
  records: Pick<SourceRecords, 'entry' | 'note'>;
  pages: SourcePages;
  /** Without it, repeated deliveries are accepted. */
  replays?: HookReplays;
  /** Called with the reason of a refusal, which is not in the response. */
  onRefused?(reason: AppError, source: string): void;
  /** Called for failures after the response was sent. */
  onLate(error: unknown, source: string): void;
  answerWithinMs?: number;
  now?: () => number;
}

const OLDER_EVENT = 'A later event of the same entry was taken already.';
const REPEATED =
  'The same body was taken already, and a delivery that is repeated changes nothing. Have the sender put the time of the change into the body.';

function parseBody(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (cause) {
    throw new AppError('bad_json', { detail: 'The body is not valid JSON.', cause });
  }
  throw new AppError('bad_json', { detail: 'The body must be a JSON object.' });
}

/**
 * Publish hooks: verify, parse and map a request, and pass it to pages; the queue does the rest.
 */
export function createHookService(deps: HookServiceDeps) {
  const now = deps.now ?? Date.now;
  const answerWithinMs = deps.answerWithinMs ?? ANSWER_WITHIN_MS;

  const decoy = createDecoySource();

  /**
   * Finds a source. For an unknown name a decoy takes the same steps, so that both take equal time.
   */
  async function find(name: string): Promise<{ source: Source; unknown?: AppError }> {
    try {
      return { source: await deps.sources.get(name) };
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'source_not_found')) throw error;
      return { source: decoy, unknown: error };
    }
  }

  /**
   * @throws AppError without information about the source, unless the sender has proved the secret
   */
  async function verified(name: string, request: HookRequest, receivedMs: number) {
    const { source, unknown } = await find(name);
    let reason: unknown;
    try {
      const signedMs = verifySender(source, request, receivedMs);
      if (!unknown) return { source, signedMs };
      reason = unknown;
    } catch (error) {
      reason = unknown ?? error;
    }
    if (!(reason instanceof AppError) || reason instanceof StaleRequest) throw reason;
    deps.onRefused?.(reason, name);
    throw senderRefusal(request, reason);
  }

  /** Rejects with errors within the time limit; later errors go to `onLate`. */
  async function inTime(source: string, work: Promise<unknown>): Promise<void> {
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        resolve();
      }, answerWithinMs);
    });
    work.catch((error: unknown) => {
      if (isLate) deps.onLate(error, source);
    });
    try {
      await Promise.race([work, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function unpublish(page: string): Promise<void> {
    try {
      await deps.pages.remove(page);
    } catch (error) {
      // Repeated or never published: there is nothing to remove.
      if (!(error instanceof AppError && error.code === 'page_not_found')) throw error;
    }
  }

  /**
   * The page key under which the entry was published; its last body may not contain it any more.
   */
  async function pageToRemove(source: Source, event: HookEvent): Promise<string> {
    const known = event.entry && (await deps.records.entry(source.name, event.entry));
    return known ? known.page : createBodyMap(source).map(event.context).page;
  }

  async function applyEvent(source: Source, event: HookEvent, atMs: number): Promise<HookOutcome> {
    const { action } = event;
    const said = { action, event: event.event };
    const isRemoval = action === 'unpublish';
    const mapped = isRemoval ? undefined : createBodyMap(source).map(event.context);
    const page = mapped?.page ?? (await pageToRemove(source, event));
    if (page === '') {
      const message = 'The expression found nothing in this body, so no page can be named.';
      throw new AppError('invalid_data', {
        detail: `page: ${message} POST /v1/sources/{name}/test shows what it finds.`,
        errors: [{ path: 'page', message }],
      });
    }
    assertPageKey(page);
    const entry = event.entry ?? page;
    if (!(await deps.records.note(source.name, entry, { page, atMs }))) {
      return { ...said, action: 'ignore', page, reason: OLDER_EVENT };
    }
    if (!mapped) {
      await inTime(source.name, unpublish(page));
      return { ...said, page };
    }
    const { template, sizes, verify, onMissing } = source;
    const request = {
      template,
      data: mapped.data,
      ...(mapped.pageUrl ? { page_url: mapped.pageUrl } : {}),
      ...(sizes ? { sizes } : {}),
      ...(verify === undefined ? {} : { verify }),
      ...(onMissing ? { on_missing: onMissing } : {}),
    };
    const options = { priority: 'publish', waitMs: 0, caller: sourceCaller(source.name) } as const;
    await inTime(source.name, deps.pages.put(page, request, options));
    return { ...said, page };
  }

  return {
    /**
     * Handles one request. `readBody` throws if the body's size is wrong.
     * @throws AppError as `senderRefusal` for any problem until the sender is verified; then
     *   `bad_json`, `invalid_data` and errors of pages; nothing has changed then
     */
    async receive(
      name: string,
      request: Omit<HookRequest, 'body'>,
      readBody: () => Promise<Buffer>,
    ): Promise<HookOutcome> {
      const whole = { ...request, body: await readBody() };
      const receivedMs = now();
      const { source, signedMs } = await verified(name, whole, receivedMs);
      const event = readEvent(source, whole, parseBody(whole.body));
      const said = { action: event.action, event: event.event };
      if (event.action === 'ignore') {
        return { ...said, ...(event.reason ? { reason: event.reason } : {}) };
      }
      const eventMs = signedMs ?? event.atMs;
      const delivery = await deps.replays?.(source, whole.body, eventMs !== undefined);
      if (delivery?.isNew === false) return { ...said, action: 'ignore', reason: REPEATED };
      try {
        // The time is limited to now: a sender's clock that runs ahead must not block later events.
        return await applyEvent(source, event, Math.min(eventMs ?? receivedMs, receivedMs));
      } catch (error) {
        await delivery?.forget().catch(() => undefined);
        throw error;
      }
    },
  };
}

export type HookService = ReturnType<typeof createHookService>;
