import { once } from 'node:events';
import { rm, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import {
  type LinkServer,
  startLinkServer,
  templatesWithGeneric,
} from '../../support/link-server.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

/* Pictures that were drawn without one from outside: served, but not for ever. */

/** Paths at which there is a picture. */
const there = new Set(['/there.png']);
let logo: Buffer;
const host = createServer((req, res) => {
  if (there.has(req.url ?? '')) res.writeHead(200, { 'content-type': 'image/png' }).end(logo);
  else res.writeHead(404).end();
});
const logoAt = (path: string) => `http://127.0.0.1:${(host.address() as AddressInfo).port}${path}`;

let folder: string;
let service: TestService;
let server: LinkServer;

beforeAll(async () => {
  const red = { width: 60, height: 60, channels: 3, background: '#ff0000' } as const;
  logo = await sharp({ create: red }).png().toBuffer();
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  folder = await templatesWithGeneric();
  const env = { EGRESS_ALLOW: new URL(logoAt('/')).host, TEMPLATES_DIR: folder };
  service = await startService({ env });
  server = await startLinkServer(service, { dynamicBudgetMs: 20_000 });
});
afterAll(async () => {
  await server?.stop();
  await service?.stop();
  host.closeAllConnections();
  host.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const ask = (url: string, at = server) => at.api(url.replace(server.url, at.url));
/** How long caches may keep an answer without asking anew. */
function kept({ headers }: { headers: Record<string, string | undefined> }): string | undefined {
  const control = headers['cache-control'];
  if (control?.startsWith('public, max-age=60,')) return 'a minute';
  return control === 'public, max-age=31536000, immutable' ? 'for ever' : control;
}

async function signed(title: string, path: string): Promise<string> {
  const data = { title, logo: logoAt(path) };
  const { json } = await server.api('/v1/urls', { body: { template: 'note', data } });
  return json.url;
}

it('is kept for a short time, at a signed address, a link and a page', async () => {
  const url = await signed('Without a logo', '/missing.png');
  expect([kept(await ask(url)), kept(await ask(url))]).toEqual(['a minute', 'a minute']);
  // Another process finds it in the storage, without Redis.
  const other = await startLinkServer(service);
  expect(kept(await ask(url, other))).toBe('a minute');
  await other.stop();

  const fixed = { title: 'Hello', logo: logoAt('/missing.png') };
  const fields = { title: { max_length: 20 } };
  const link = await server.api('/v1/links', { body: { template: 'note', fixed, fields } });
  const varied = `${link.json.url}?title=Ada`;
  expect([kept(await ask(varied)), kept(await ask(varied))]).toEqual(['a minute', 'a minute']);

  const page = await service.api('/v1/pages/incomplete', {
    method: 'PUT',
    body: { template: 'note', data: fixed, wait: 30 },
  });
  const { versioned_url: version } = page.json.pictures[0];
  expect(kept(await service.api(version, { key: null }))).toBe('a minute');

  expect(kept(await ask(await signed('Whole', '/there.png')))).toBe('for ever');
});

/** As if the picture behind the newest image had been drawn two hours ago. */
async function age(): Promise<void> {
  const { items } = (await service.api('/v1/images?template=note&limit=1')).json;
  const { pathname } = new URL(items[0].url);
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(service.dataDir, pathname), twoHoursAgo, twoHoursAgo);
}

it('is drawn again once an hour, until it is whole, and is then kept', async () => {
  const url = await signed('A late logo', '/late.png');
  const without = await ask(url);
  expect(kept(without)).toBe('a minute');
  const first = await service.drawn();
  /** Asks a process that remembers nothing; says what it showed and how many were drawn for it. */
  async function askAnew() {
    const fresh = await startLinkServer(service);
    const answer = await ask(url, fresh);
    await service.idle();
    await fresh.stop();
    return { answer, drawn: (await service.drawn()) - first };
  }
  expect((await askAnew()).drawn).toBe(0);

  await age();
  const again = await askAnew();
  expect([again.answer.headers.etag, kept(again.answer)]).toEqual([
    without.headers.etag,
    'a minute',
  ]);
  await until(async () => (await service.drawn()) === first + 1, 20_000);
  await service.idle();
  // Its logo is still missing, but the hour has begun anew.
  expect((await askAnew()).drawn).toBe(1);

  there.add('/late.png');
  // The worker remembers for a while that there was nothing.
  await service.stopWorker();
  await service.startWorker();
  await age();
  await askAnew();
  await until(async () => (await service.drawn()) === first + 2, 20_000);
  await service.idle();
  const { answer } = await askAnew();
  expect(kept(answer)).toBe('for ever');
  expect(answer.headers.etag).not.toBe(without.headers.etag);
}, 60_000);
