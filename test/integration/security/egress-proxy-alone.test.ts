import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { type EgressBrowser, startEgressBrowser } from '../../support/egress-browser.js';
import { ANSWER_VECTORS } from '../../support/egress-page-origin.js';
import { SCRIPT_VECTORS } from '../../support/egress-script-vectors.js';
import { PLAIN_HOSTS, SHOWN_SPELLINGS, SPELLINGS } from '../../support/egress-spellings.js';
import { startEgressTrap } from '../../support/egress-traps.js';
import {
  endTrials,
  named,
  prepareTrials,
  type Trial,
  targetAt,
  tryAll,
  visits,
} from '../../support/egress-trial.js';
import { MARKUP_VECTORS } from '../../support/egress-vectors.js';
import { isFullRun } from '../../support/fault-scale.js';
import { until } from '../../support/until.js';

/*
 * Every way out that a page with script has, with the proxy as the only measure: no policy of the
 * page, and every host counts as declared, so that the judgement of its address is all there is.
 */

// For a machine that has much else to do; a spelling takes about two seconds.
jest.setTimeout(300_000);

// Those that nobody can see first: whatever is seen later shows that they have had their turn.
const VECTORS = [...SCRIPT_VECTORS, ...MARKUP_VECTORS, ...ANSWER_VECTORS];
const ABLE = VECTORS.filter(({ control }) => control !== 'none');
const visited = ({ trap }: Trial) => trap.visits > 0;

/** Those with a page of their own take most of the time: the short run shows them for one address. */
const SHOWN_ALONE = isFullRun ? PLAIN_HOSTS : PLAIN_HOSTS.slice(0, 1);
/** The control of the proxy, which differs by address only in what is allowed. */
const CONTROLLED = isFullRun ? PLAIN_HOSTS : PLAIN_HOSTS.slice(0, 2);

describe('the controls', () => {
  async function connecting(
    browser: EgressBrowser,
    expected: (trial: Trial) => boolean,
    host: string,
  ): Promise<string[]> {
    const trials = await prepareTrials(VECTORS);
    try {
      await tryAll(browser, trials, host, { expected, done: visited });
      return named(trials.filter(visited));
    } finally {
      await browser.stop();
      await endTrials(trials);
    }
  }

  it('in an open browser, every vector that counts connects', async () => {
    const browser = await startEgressBrowser({ isOpen: true });
    const found = await connecting(browser, ({ vector }) => vector.control !== 'none', '127.0.0.1');
    expect(found).toEqual(expect.arrayContaining(ABLE.map(({ name }) => name)));
  });

  it.each(CONTROLLED)('with EGRESS_ALLOW, what the proxy carries connects to %s', async (host) => {
    const allow = [parseEgressRule(host.replace(/^\[|\]$/g, ''))];
    const browser = await startEgressBrowser({ policy: { allow } });
    const found = await connecting(browser, ({ vector }) => vector.control === 'allowed', host);
    const carried = ABLE.filter(({ control }) => control === 'allowed').map(({ name }) => name);
    expect(found.sort()).toEqual(carried.sort());
  });

  it('in an open browser, every spelling that counts leads to this machine', async () => {
    const browser = await startEgressBrowser({ isOpen: true });
    const able = SPELLINGS.filter(({ reaches }) => reaches);
    const traps = await Promise.all(able.map(() => startEgressTrap()));
    const sockets = able.map(({ host }, i) => {
      const { ws } = targetAt(host, Number(traps[i]?.port));
      return `<script>new WebSocket('${ws}')</script><img src="${ws.replace('WS', 'HTTP')}">`;
    });
    const missing = () => able.filter((_, i) => traps[i]?.visits === 0).map(({ host }) => host);
    await browser.show(sockets.join(''), () =>
      until(() => missing().length === 0, 30_000).catch(() => undefined),
    );
    await browser.stop();
    await Promise.all(traps.map((trap) => trap.close()));
    expect(missing()).toEqual([]);
  });
});

describe('behind the proxy', () => {
  let browser: EgressBrowser;
  let trials: Trial[];
  let tried = 0;
  beforeAll(async () => {
    browser = await startEgressBrowser({ isLogged: true });
    trials = await prepareTrials(VECTORS);
  });
  afterAll(() => endTrials(trials ?? []));

  /** Names are looked up by the proxy; WebRTC takes only what needs no look-up. */
  const isPlain = (host: string) => PLAIN_HOSTS.includes(host);
  const heard = (host: string) => ({
    expected: ({ vector }: Trial) =>
      vector.control !== 'none' && !vector.isSilent && (!vector.isPlain || isPlain(host)),
    done: ({ trap }: Trial) => browser.refused.has(String(trap.port)),
  });

  it.each(SHOWN_SPELLINGS)('every vector is refused for $host', async ({ host, reaches }) => {
    browser.refused.clear();
    // Those with a page of their own differ in who asks, not in how an address is read.
    const shown = trials.filter(({ vector }) => SHOWN_ALONE.includes(host) || !vector.alone);
    await tryAll(browser, shown, host, heard(host));
    if (reaches) tried += shown.filter(({ vector }) => ABLE.includes(vector)).length;
    expect(named(trials.filter(visited))).toEqual([]);
  });

  it('nothing was reached but the proxy, nothing sent by UDP, no name looked up', async () => {
    const contacts = await browser.stop();
    expect(contacts).toEqual({
      dialled: new Set([new URL(browser.proxy.url).host]),
      packetsTo: new Set(),
      lookedUp: new Set(),
    });
    const letThrough = visits(trials);
    console.log(`script and proxy alone: ${tried} vectors tried, ${letThrough} let through`);
    const able = SHOWN_SPELLINGS.filter(({ reaches }) => reaches).length;
    const alone = ABLE.filter((vector) => vector.alone).length;
    const all = ABLE.length * SHOWN_ALONE.length;
    expect([tried, letThrough]).toEqual([
      all + (ABLE.length - alone) * (able - SHOWN_ALONE.length),
      0,
    ]);
  });
});
