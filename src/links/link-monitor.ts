import type { Logger } from '../observability/logger.js';
import type { LinkReservations, Refusal, UnfilledTags } from './link.js';

const WRITE_INTERVAL_MS = 1_000;
const LOG_INTERVAL_MS = 60_000;
/** Links that are tracked at once; further ones are counted in the metric only. */
const MAX_LINKS = 1_000;

interface Seen {
  unwritten: { ofLink: number; ofNetwork: number };
  sinceLog: { ofLink: number; ofNetwork: number };
  loggedAtMs: number;
  /** Not written yet. */
  unfilled?: UnfilledTags | undefined;
}

/**
 * Reports to the link's owner what readers met: those who were refused their own image, and merge
 * tags that nobody filled. Adds them to the link's record once a second, and logs a warning of
 * refusals once a minute for each link.
 */
export function createLinkMonitor(deps: {
  reservations: Pick<LinkReservations, 'noteRefusals' | 'noteUnfilled'>;
  logger: Pick<Logger, 'warn'>;
  onRefused?: (reason: Refusal | 'busy') => void;
  now?: () => Date;
}) {
  const now = deps.now ?? (() => new Date());
  const seen = new Map<string, Seen>();

  async function write(): Promise<void> {
    for (const [id, one] of seen) {
      const { unwritten, unfilled } = one;
      if (unfilled) {
        one.unfilled = undefined;
        await deps.reservations.noteUnfilled(id, unfilled).catch(() => undefined);
      }
      if (unwritten.ofLink + unwritten.ofNetwork > 0) {
        one.unwritten = { ofLink: 0, ofNetwork: 0 };
        await deps.reservations.noteRefusals(id, unwritten, now()).catch(() => undefined);
      } else if (!unfilled && now().getTime() - one.loggedAtMs > LOG_INTERVAL_MS) seen.delete(id);
    }
  }

  function warn(id: string, one: Seen): void {
    const nowMs = now().getTime();
    if (nowMs - one.loggedAtMs < LOG_INTERVAL_MS) return;
    one.loggedAtMs = nowMs;
    const { ofLink, ofNetwork } = one.sinceLog;
    one.sinceLog = { ofLink: 0, ofNetwork: 0 };
    deps.logger.warn(
      { link_id: id, refused: ofLink, refused_by_network: ofNetwork },
      'readers of a link were shown the picture without values: its limits are reached. See docs/email.md, "When a link is flooded"',
    );
  }

  function entryOf(id: string): Seen | undefined {
    const known = seen.get(id);
    if (known || seen.size >= MAX_LINKS) return known;
    const nothing = () => ({ ofLink: 0, ofNetwork: 0 });
    const one = { unwritten: nothing(), sinceLog: nothing(), loggedAtMs: 0 };
    seen.set(id, one);
    return one;
  }

  const timer = setInterval(() => void write(), WRITE_INTERVAL_MS);
  timer.unref();

  return {
    refused(id: string, reason: Refusal | 'busy'): void {
      deps.onRefused?.(reason);
      const one = entryOf(id);
      if (!one) return;
      const kind = reason === 'network' ? 'ofNetwork' : 'ofLink';
      one.unwritten[kind] += 1;
      one.sinceLog[kind] += 1;
      warn(id, one);
    },
    /** A reader's mail tool left a merge tag in this field. */
    unfilled(id: string, field: string): void {
      const one = entryOf(id);
      if (!one) return;
      const count = (one.unfilled?.count ?? 0) + 1;
      one.unfilled = { count, field, at: now().toISOString() };
    },
    /** Writes the remaining counts. */
    async close(): Promise<void> {
      clearInterval(timer);
      await write();
    },
  };
}
