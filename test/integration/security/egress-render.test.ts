import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import type { Template } from '../../../src/templates/template.js';
import { startEgressBrowser } from '../../support/egress-browser.js';
import { SCRIPT_VECTORS } from '../../support/egress-script-vectors.js';
import { LOOPBACK, PLAIN_HOSTS, SHOWN_SPELLINGS } from '../../support/egress-spellings.js';
import {
  endTrials,
  named,
  pagesAlone,
  prepareTrials,
  sharedPage,
  type Trial,
  tryAll,
  visits,
} from '../../support/egress-trial.js';
import { MARKUP_VECTORS } from '../../support/egress-vectors.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';
import { isFullRun } from '../../support/fault-scale.js';

/*
 * Every way out that markup has, through the press as the service runs it: no script, the policy of
 * its pages, and the proxy. The bodies are raw, as if a lint or the escaping had a hole.
 */

// A browser each, and every way out in turn.
jest.setTimeout(300_000);

// Those with script are tried as well; without script they are dead text, and do not count.
const VECTORS = [...MARKUP_VECTORS, ...SCRIPT_VECTORS];
/** Those with a page of their own take most of the time: the short run shows them for one address. */
const SHOWN_ALONE = isFullRun ? PLAIN_HOSTS : PLAIN_HOSTS.slice(0, 1);
const ABLE = MARKUP_VECTORS.filter(({ control }) => control !== 'none').map(({ name }) => name);
/** The policy of a page knows no IPv6 address (https://www.w3.org/TR/CSP3/#grammardef-host-source). */
const DECLARABLE = PLAIN_HOSTS.filter((host) => !host.startsWith('['));
const countAble = (trials: Trial[]) =>
  trials.filter(({ vector }) => ABLE.includes(vector.name)).length;
const visited = ({ trap }: Trial) => trap.visits > 0;

/** A template that declares the host of every trial, at every port. */
function declaring(trials: Trial[], host: string): Template {
  const template = bareTemplate();
  const network = trials.map(({ trap }) => `${host}:${trap.port}`);
  return { ...template, manifest: { ...template.manifest, network } };
}

async function drawAll(engine: Engine, template: Template, trials: Trial[], host: string) {
  await engine.draw(template, sharedPage(trials, host));
  for (const [{ vector }, html] of pagesAlone(trials, host)) {
    // Those that need script have nothing to lead away with.
    if (!ABLE.includes(vector.name)) continue;
    // What becomes of the picture does not matter here.
    await engine.draw(template, html).catch(() => undefined);
  }
  await engine.draw(template, '<p>the next one is drawn</p>');
}

describe('the controls', () => {
  it('without script, every vector that counts connects where nothing is in its way', async () => {
    const allow = [parseEgressRule(LOOPBACK)];
    const browser = await startEgressBrowser({ javaScript: false, policy: { allow } });
    const trials = await prepareTrials(VECTORS);
    await tryAll(browser, trials, LOOPBACK, {
      expected: ({ vector }) => ABLE.includes(vector.name),
      done: visited,
    });
    await browser.stop();
    await endTrials(trials);
    expect(named(trials.filter(visited)).sort()).toEqual([...ABLE].sort());
  });

  it('in the press, what a template declares and EGRESS_ALLOW names does connect', async () => {
    const trials = await prepareTrials(MARKUP_VECTORS.filter(({ alone }) => !alone));
    const engine = await startEngine({
      declared: trials.map(({ trap }) => `${LOOPBACK}:${trap.port}`),
      egressAllow: [parseEgressRule(LOOPBACK)],
    });
    await drawAll(engine, declaring(trials, LOOPBACK), trials, LOOPBACK);
    await engine.stop();
    await endTrials(trials);
    expect(named(trials.filter(visited))).toEqual(
      expect.arrayContaining([
        'img',
        'img srcset',
        'svg image',
        'background',
        'stylesheet',
        '@font-face',
      ]),
    );
  });
});

describe('through the press', () => {
  let trials: Trial[];
  let engine: Engine;
  let lenient: Engine;
  let tried = 0;
  beforeAll(async () => {
    trials = await prepareTrials(VECTORS);
    // Where a page is led away, its job ends by this limit.
    engine = await startEngine({ timeoutMs: 15_000, captureWay: 'element' });
    const declared = DECLARABLE.flatMap((host) => trials.map(({ trap }) => `${host}:${trap.port}`));
    lenient = await startEngine({ declared, timeoutMs: 15_000 });
  });
  afterAll(async () => {
    await engine?.stop();
    await lenient?.stop();
    await endTrials(trials ?? []);
  });

  it.each(SHOWN_SPELLINGS)('nothing gets out to $host', async ({ host, reaches }) => {
    // Those with a page of their own differ in who asks, not in how an address is read.
    const shown = trials.filter(({ vector }) => SHOWN_ALONE.includes(host) || !vector.alone);
    await drawAll(engine, bareTemplate(), shown, host);
    if (reaches) tried += countAble(shown);
    expect(named(trials.filter(visited))).toEqual([]);
  });

  it.each(DECLARABLE)('nor where a template declares %s, which is private', async (host) => {
    lenient.refused.length = 0;
    await drawAll(lenient, declaring(trials, host), trials, host);
    tried += countAble(trials);
    expect(lenient.refused.length).toBeGreaterThan(30);
    expect(named(trials.filter(visited))).toEqual([]);
  });

  it('nothing was let through, also once the browsers are closed', async () => {
    await engine.stop();
    await lenient.stop();
    const letThrough = visits(trials);
    console.log(`the press: ${tried} vectors tried, ${letThrough} let through`);
    const able = SHOWN_SPELLINGS.filter(({ reaches }) => reaches).length;
    const alone = MARKUP_VECTORS.filter((vector) => vector.alone).length;
    const all = ABLE.length * (SHOWN_ALONE.length + DECLARABLE.length);
    expect([tried, letThrough]).toEqual([
      all + (ABLE.length - alone) * (able - SHOWN_ALONE.length),
      0,
    ]);
  });
});
