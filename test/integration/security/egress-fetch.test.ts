import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createAddressPolicy, type Resolver } from '../../../src/assets/address-policy.js';
import { createGuardedFetch, type GuardedFetcher } from '../../../src/assets/guarded-fetch.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { startEgressBrowser } from '../../support/egress-browser.js';
import { FETCHED_SPELLINGS, OWN_V4, OWN_V6, SPELLINGS } from '../../support/egress-spellings.js';
import { type EgressTrap, startEgressTrap } from '../../support/egress-traps.js';
import { startTrap, type Trap } from '../../support/trap-server.js';
import { until } from '../../support/until.js';

/*
 * The fetcher of pictures, webhooks and checks: every spelling, every redirect, and names whose
 * addresses change between two questions.
 */

let trap: EgressTrap;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  trap = await startEgressTrap();
});
afterAll(() => trap?.close());
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const MACHINE = ['127.0.0.0/8', '::1', '0.0.0.0', '::', ...OWN_V4, ...OWN_V6];

function open(allow: string[] = [], resolve?: Resolver): GuardedFetcher {
  const policy = createAddressPolicy({
    allow: allow.map(parseEgressRule),
    ...(resolve ? { resolve } : {}),
  });
  const fetcher = createGuardedFetch({ policy, version: '9.9.9' });
  closers.push(() => fetcher.close());
  return fetcher;
}

describe('every spelling', () => {
  it.each(SPELLINGS)('$host is refused', async ({ host, reaches }) => {
    const code = reaches ? /^asset_(forbidden|unreachable)$/ : /^asset_forbidden$/;
    const before = trap.visits;
    await expect(open().fetch(`HTTP://${host}:${trap.port}/x`)).rejects.toMatchObject({
      code: expect.stringMatching(code),
    });
    expect(trap.visits).toBe(before);
  });

  it.each(FETCHED_SPELLINGS)('$host connects where EGRESS_ALLOW names it', async ({ host }) => {
    const before = trap.visits;
    const { status } = await open(MACHINE).fetch(`HTTP://${host}:${trap.port}/x`);
    expect([status, trap.visits]).toEqual([404, before + 1]);
  });
});

describe('a redirect from an allowed address', () => {
  /** Answers on 127.0.0.2, which stands for the public part of the network. */
  async function redirecting(status: number): Promise<Trap> {
    const location = `http://127.0.0.1:${trap.port}/x`;
    const answer = `HTTP/1.1 ${status} x\r\nlocation: ${location}\r\nrefresh: 0; url=${location}\r\ncontent-length: 0\r\n\r\n`;
    const from = await startTrap({ host: '127.0.0.2', answer: () => answer });
    closers.push(() => from.close());
    return from;
  }

  it.each([301, 302, 303, 307, 308])('%i is judged anew', async (status) => {
    const from = await redirecting(status);
    const url = `http://127.0.0.2:${from.port}/x`;
    const before = trap.visits;
    await expect(open(['127.0.0.2']).fetch(url)).rejects.toMatchObject({ code: 'asset_forbidden' });
    expect([from.connections, trap.visits]).toEqual([1, before]);
    await open(['127.0.0.2', '127.0.0.1']).fetch(url);
    expect(trap.visits).toBe(before + 1);
  });

  it.each([200, 201, 300, 304, 305, 306])('%i is none, and is not followed', async (status) => {
    const from = await redirecting(status);
    const before = trap.visits;
    const answer = await open(MACHINE).fetch(`http://127.0.0.2:${from.port}/x`);
    expect([answer.status, trap.visits]).toEqual([status, before]);
  });
});

describe('a name that is public first and private second', () => {
  /** Both on one port: 127.0.0.2 stands for the public address, 127.0.0.1 for the private one. */
  async function twoFaces() {
    const inside = await startTrap();
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
    const options = { host: '127.0.0.2', port: inside.port, answer: () => answer };
    const outside = await startTrap(options);
    closers.push(
      () => inside.close(),
      () => outside.close(),
    );
    const answers = ['127.0.0.2'];
    const resolve: Resolver = async () => [{ address: answers.shift() ?? '127.0.0.1' }];
    return { inside, outside, resolve, url: `http://rebound.test:${inside.port}/x` };
  }

  it('is asked once for each connection, and what was judged is what is dialled', async () => {
    const { inside, outside, resolve, url } = await twoFaces();
    const { fetch } = open(['127.0.0.2'], resolve);
    expect(await fetch(url)).toMatchObject({ status: 200 });
    await expect(fetch(url)).rejects.toMatchObject({ code: 'asset_forbidden' });
    expect([outside.connections, inside.connections]).toEqual([1, 0]);
  });

  it('is refused where one answer holds both', async () => {
    const { inside, outside, url } = await twoFaces();
    const both: Resolver = async () => [{ address: '127.0.0.2' }, { address: '127.0.0.1' }];
    await expect(open(['127.0.0.2'], both).fetch(url)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    expect([outside.connections, inside.connections]).toEqual([0, 0]);
  });

  it('is held by the proxy, too, for a page that asks again and again', async () => {
    const { inside, outside, resolve, url } = await twoFaces();
    const browser = await startEgressBrowser({
      policy: { allow: [parseEgressRule('127.0.0.2')], resolve },
      isLogged: true,
    });
    const asking = `(async()=>{for(;;)await fetch('${url}?'+Math.random(),{mode:'no-cors'}).catch(()=>0)})()`;
    await browser.show(`<script>${asking}</script>`, () =>
      until(() => outside.connections > 0 && browser.refused.has(String(inside.port)), 30_000),
    );
    const contacts = await browser.stop();
    expect([outside.connections, inside.connections]).toEqual([1, 0]);
    expect(contacts?.lookedUp).toEqual(new Set());
  });
});
