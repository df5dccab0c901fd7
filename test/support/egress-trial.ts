import type { EgressBrowser } from './egress-browser.js';
import { type EgressTrap, startEgressTrap } from './egress-traps.js';
import type { Target, Vector } from './egress-vectors.js';
import { until } from './until.js';

/** A vector and the trap that only it leads to, so that each visit is somebody's. */
export interface Trial {
  vector: Vector;
  trap: EgressTrap;
}

export const prepareTrials = (vectors: readonly Vector[]): Promise<Trial[]> =>
  Promise.all(vectors.map(async (vector) => ({ vector, trap: await startEgressTrap() })));

export async function endTrials(trials: Trial[]): Promise<void> {
  await Promise.all(trials.map(({ trap }) => trap.close()));
}

export const visits = (trials: Trial[]) => trials.reduce((sum, { trap }) => sum + trap.visits, 0);
export const named = (trials: Trial[]) => trials.map(({ vector }) => vector.name);

export function targetAt(host: string, port: number): Target {
  const authority = `${host}:${port}`;
  return {
    authority,
    // Schemes in capitals have gone past filters of others.
    ...{ http: `HTTP://${authority}`, https: `HTTPS://${authority}` },
    ...{ ws: `WS://${authority}`, wss: `WSS://${authority}` },
  };
}

const write = ({ vector, trap }: Trial, host: string) => vector.html(targetAt(host, trap.port));

/** One page for all that can share one. */
export function sharedPage(trials: Trial[], host: string): string {
  const together = trials.filter(({ vector }) => !vector.alone);
  return together.map((trial) => write(trial, host)).join('\n');
}

/** The others, each with its page. */
export const pagesAlone = (trials: Trial[], host: string): [Trial, string][] =>
  trials
    .filter(({ vector }) => vector.alone)
    .map((trial): [Trial, string] => [trial, write(trial, host)]);

/** For one page, on a machine that has much else to do. */
const TIMEOUT_MS = 90_000;

/**
 * For what shares a page. Chromium puts off the pictures of a page that asks for much else; what
 * was not heard of by then is shown once more, alone.
 */
const SHARED_TIMEOUT_MS = 20_000;

export interface Rule {
  /** Of whom something must be heard. */
  expected(trial: Trial): boolean;
  done(trial: Trial): boolean;
}

/** Shows the trials; each page stays until all those of it that are expected are done. */
export async function tryAll(
  browser: EgressBrowser,
  trials: Trial[],
  host: string,
  rule: Rule,
): Promise<void> {
  const missing = (shown: Trial[]) =>
    shown.filter((trial) => rule.expected(trial) && !rule.done(trial));
  const settle = (shown: Trial[], timeoutMs: number) =>
    until(() => missing(shown).length === 0, timeoutMs).catch(() => undefined);
  const together = trials.filter(({ vector }) => !vector.alone);
  await browser.show(sharedPage(trials, host), () => settle(together, SHARED_TIMEOUT_MS));
  const again = missing(together).map((trial): [Trial, string] => [trial, write(trial, host)]);
  for (const [trial, html] of [...again, ...pagesAlone(trials, host)]) {
    await browser.show(html, () => settle([trial], TIMEOUT_MS));
    if (missing([trial]).length > 0) {
      throw new Error(`Of ${host}, nothing was heard of: ${trial.vector.name}`);
    }
  }
}
