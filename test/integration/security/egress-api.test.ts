import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiAnswer } from '../../support/api-client.js';
import { FETCHED_SPELLINGS, SPELLINGS } from '../../support/egress-spellings.js';
import { type EgressTrap, startEgressTrap } from '../../support/egress-traps.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

/*
 * Every address that a caller of the API can give, in every spelling of this machine: refused with
 * the field and the remedy, and nobody connects. One server of this machine is named in
 * EGRESS_ALLOW: it shows that each way does connect, and leads on to where nobody may.
 */

let service: TestService;
let trap: EgressTrap;
let site: string;
let asked: string[] = [];
let tried = 0;

/** `/to?<address>` redirects, `/page?<address>` is a page with that picture. */
const server = createServer((req, res) => {
  const { pathname, search } = new URL(req.url ?? '/', 'http://x');
  const address = decodeURIComponent(search.slice(1));
  asked.push(pathname);
  if (pathname === '/to') res.writeHead(302, { location: address }).end();
  else if (pathname === '/page') {
    res.writeHead(200, { 'content-type': 'text/html' });
    res.end(`<head><meta property="og:image" content="${address}"></head>`);
  } else res.writeHead(404).end();
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const allow = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  site = `http://${allow}`;
  trap = await startEgressTrap();
  service = await startService({ env: { EGRESS_ALLOW: allow } });
});
afterAll(async () => {
  await service?.stop();
  await trap?.close();
  server.closeAllConnections();
  server.close();
});

const post = (path: string, body: unknown) => service.api(path, { body });
const put = (path: string, body: unknown) => service.api(path, { method: 'PUT', body });
const note = (more: Record<string, unknown> = {}) => ({
  template: 'note',
  data: { title: 'x', ...more },
});
const onSite = (path: string, url: string) => `${site}${path}?${encodeURIComponent(url)}`;

type Refusal = { at: string; message: string };
const ofField = ({ status, json }: ApiAnswer): Refusal => ({
  at: `${status} ${json.errors?.[0].path}`,
  message: json.errors?.[0].message,
});
const ofPicture = ({ status, json }: ApiAnswer): Refusal => ({
  at: `${status} ${json.warnings?.[0]?.field}`,
  message: json.warnings?.[0]?.message,
});
const ofPage = ({ status, json }: ApiAnswer): Refusal =>
  status === 422
    ? ofField({ status, json } as ApiAnswer)
    : { at: `${status} url`, message: json.faults[0]?.message };

interface Way {
  name: string;
  send(url: string): Promise<ApiAnswer>;
  read(answer: ApiAnswer): Refusal;
  at: RegExp;
}

const WAYS: Way[] = [
  {
    name: 'a picture field of an image',
    send: (url) => post('/v1/images', { ...note({ logo: url }), wait: 30 }),
    read: ofPicture,
    at: /^201 logo$/,
  },
  {
    name: 'the webhook of an image',
    send: (webhook_url) => post('/v1/images', { ...note(), webhook_url, wait: 0 }),
    read: ofField,
    at: /^422 webhook_url$/,
  },
  {
    name: 'the webhook of a batch',
    send: (webhook_url) =>
      post('/v1/batches', { template: 'note', items: [{ data: { title: 'x' } }], webhook_url }),
    read: ofField,
    at: /^422 webhook_url$/,
  },
  {
    name: 'the webhook of a verified page',
    send: (webhook_url) => put('/v1/pages/p', { ...note(), webhook_url, verify: true, wait: 0 }),
    read: ofField,
    at: /^422 webhook_url$/,
  },
  {
    name: 'a page that is to be checked',
    send: (url) => post('/v1/pages/check', { url }),
    read: ofPage,
    at: /^(200|422) url$/,
  },
];

/** Every refusal says what to do. */
const REMEDY =
  /EGRESS_ALLOW|must be an address|must hold no|web address|leave these out|Remove them|without it|Check the spelling|Start it with|Write addresses with https/;

async function expectRefused(url: string): Promise<void> {
  for (const way of WAYS) {
    const { at, message } = way.read(await way.send(url));
    expect([way.name, at, message]).toEqual([
      way.name,
      expect.stringMatching(way.at),
      expect.stringMatching(REMEDY),
    ]);
  }
  // A source's site is text for its pages: whether it is taken or not, nobody asks it.
  const source = { kind: 'generic', secret: 'a'.repeat(20), template: 'note', map: { title: 'x' } };
  const signature = { scheme: 'token', header: 'X-Token' };
  const body = { ...source, signature, page: 'x', site_url: url, verify: true };
  expect([200, 201, 422]).toContain((await put('/v1/sources/s', body)).status);
  // A page of elsewhere may name any picture; looking at it is refused.
  const { json } = await post('/v1/pages/check', { url: onSite('/page', url) });
  expect(json.ok).toBe(false);
  expect(trap.visits).toBe(0);
}

describe('the API refuses', () => {
  it.each(SPELLINGS)('http://$host', async (spelling) => {
    await expectRefused(`http://${spelling.host}:${trap.port}/x`);
    // Each way, and the picture of a page: all are shown to connect below.
    if (FETCHED_SPELLINGS.includes(spelling)) tried += WAYS.length + 1;
  });

  it.each([
    'HTTP://AT/x',
    'https://AT/x',
    'http:\\\\AT\\x',
    'http:/AT/x',
    'ht\ttp://AT/x',
    ' http://AT/x',
    '//AT/x',
    'http://user:secret@AT/x',
    'http://example.com@AT/x',
    'http://example.com%23@AT/x',
    'ftp://AT/x',
    'ws://AT/x',
    'file://AT/x',
    'gopher://AT/x',
    'blob:http://AT/x',
    'view-source:http://AT/x',
    'file:///etc/passwd',
    'chrome://version',
  ])('%j', async (url) => {
    await expectRefused(url.replace('AT', `127.0.0.1:${trap.port}`));
  });
});

/** A delivery as the list of them shows it. */
interface Sent {
  url: string;
  last_attempt: { status: number } | null;
}

describe('what EGRESS_ALLOW names', () => {
  it('is reached in each of these ways', async () => {
    asked = [];
    for (const [i, way] of WAYS.entries()) {
      await way.send(`${site}/way-${i}`);
      await until(() => asked.includes(`/way-${i}`), 30_000);
    }
    await post('/v1/pages/check', { url: onSite('/page', `${site}/picture`) });
    expect(asked).toContain('/picture');
  });

  it('leads nowhere else by a redirect', async () => {
    const away = onSite('/to', `http://127.0.0.1:${trap.port}/x`);
    asked = [];
    for (const way of WAYS) await way.send(away);
    await until(() => asked.filter((path) => path === '/to').length >= WAYS.length, 30_000);
    const attempted = await until(async () => {
      const { json } = await service.api('/v1/deliveries?limit=100');
      const sent = json.items.filter(({ url }: { url: string }) => url === away);
      const isDone = sent.length >= 3 && sent.every((one: Sent) => one.last_attempt !== null);
      return isDone && (sent as Sent[]);
    }, 30_000);
    expect(new Set(attempted.map((one: Sent) => one.last_attempt?.status))).toEqual(new Set([302]));
    const { json } = await post('/v1/pages/check', { url: onSite('/page', away) });
    expect(json.ok).toBe(false);
    tried += WAYS.length + 1;
    expect(trap.visits).toBe(0);
  });

  it('nobody was let through', () => {
    console.log(`API: ${tried} addresses tried, ${trap.visits} let through`);
    expect(tried).toBe((FETCHED_SPELLINGS.length + 1) * (WAYS.length + 1));
    expect(trap.visits).toBe(0);
  });
});
