import { createHash } from 'node:crypto';
import type { ProbeOutcome } from '../images/check-ports.js';
import { parseUrl } from '../lib/parse-url.js';
import { createSemaphore } from '../lib/semaphore.js';
import { createTimeSlice } from '../lib/time-slice.js';
import { addRow, type BatchCheckReport, type RowsAndCount } from './batch-check-report.js';

/** Addresses in one request to a worker: few enough to be answered within its time limit. */
const MAX_ADDRESSES = 25;
/** More requests at once would only wait for the same hosts while their time runs. */
const REQUESTS_AT_ONCE = 2;
/** Limit of characters in one request: data: URLs can be long. */
const MAX_CHARACTERS = 1_000_000;
/** Longer addresses are stored as their hash. */
const MAX_KEY_LENGTH = 200;
const SHOWN_LENGTH = 200;

interface Seen extends RowsAndCount {
  shown: string;
  outcome: Promise<ProbeOutcome>;
}

function keyOf(url: string): string {
  if (url.length <= MAX_KEY_LENGTH) return url;
  return createHash('sha256').update(url).digest('base64url');
}

/**
 * Host and path only: the query may contain a token, and the content of a data: URL is no address.
 */
function shownAddress(url: string): string {
  if (/^data:/i.test(url)) return `${url.slice(0, url.indexOf(',')).slice(0, SHOWN_LENGTH)},…`;
  const parsed = parseUrl(url);
  if (!parsed) return url.slice(0, SHOWN_LENGTH);
  const { host, pathname } = parsed;
  return `${host}${pathname}`.slice(0, SHOWN_LENGTH);
}

function toRequests(urls: string[]): string[][] {
  const lists: string[][] = [];
  let characters = 0;
  for (const url of urls) {
    const last = lists.at(-1);
    characters += url.length;
    if (last && last.length < MAX_ADDRESSES && characters <= MAX_CHARACTERS) last.push(url);
    else {
      lists.push([url]);
      characters = url.length;
    }
  }
  return lists;
}

/** Probes every distinct address of a table once, and counts the rows that use it. */
export function createAssetChecks(probe: (urls: string[]) => Promise<ProbeOutcome[]>) {
  const seen = new Map<string, Seen>();
  const semaphore = createSemaphore(REQUESTS_AT_ONCE);

  function startProbe(urls: string[]): void {
    const outcomes = semaphore.within(() => probe(urls));
    // Callers get the error from the outcome.
    outcomes.catch(() => undefined);
    for (const [i, url] of urls.entries()) {
      const outcome = outcomes.then((list): ProbeOutcome => list[i] as ProbeOutcome);
      outcome.catch(() => undefined);
      seen.set(keyOf(url), { shown: shownAddress(url), outcome, rows: [], count: 0 });
    }
  }

  return {
    /** The outcomes by address; new addresses are probed. */
    async probeAll(urls: Iterable<string>): Promise<Map<string, ProbeOutcome>> {
      const distinct = [...new Set(urls)];
      for (const list of toRequests(distinct.filter((url) => !seen.has(keyOf(url)))))
        startProbe(list);
      const outcomes = new Map<string, ProbeOutcome>();
      for (const url of distinct) {
        const known = seen.get(keyOf(url));
        if (known) outcomes.set(url, await known.outcome);
      }
      return outcomes;
    },

    /** Counts a row that uses these addresses. */
    countUse(urls: Iterable<string>, row: number): void {
      for (const url of new Set(urls)) {
        const known = seen.get(keyOf(url));
        if (known) addRow(known, row);
      }
    },

    async report(): Promise<BatchCheckReport['pictures']> {
      const failing: BatchCheckReport['pictures']['failing'] = [];
      const slice = createTimeSlice();
      for (const { shown, outcome, rows, count } of seen.values()) {
        if (slice.isOver()) await slice.turn();
        const known = await outcome;
        if (known.ok) continue;
        failing.push({ url: shown, code: known.code, message: known.message, rows, count });
      }
      failing.sort((a, b) => b.count - a.count);
      return { distinct: seen.size, failing };
    },
  };
}
