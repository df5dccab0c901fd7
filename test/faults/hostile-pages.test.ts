import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBrowserSupervisor } from '../../src/browser/browser-supervisor.js';
import { launchChromium } from '../../src/browser/launch-chromium.js';
import { chromiumPath } from '../support/chromium-path.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { insist, settled, startLoad, unharmed } from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS, itInFull } from '../support/fault-scale.js';
import { startService, type TestService } from '../support/service.js';
import { HOSTILE, writeFaultTemplates } from '../support/templates-faults/hostile.js';

const ROUNDS = 5;
/** Each is tried five times, one after the other. */
const BOMBS = Object.keys(HOSTILE);
const ENDLESS = ['endless-font', 'endless-picture'];
const TRICKLE_INTERVAL_MS = 100;
/** More than a browser takes that has drawn nothing, and soon reached by a page that grows. */
const KILL_BYTES = 700 * 1024 ** 2;

let directory: string;
let trickle: Server;
let host: string;
let service: TestService;

/** Sends the head of an answer, and then a byte now and then for ever. */
function startTrickle(): Server {
  const server = createServer((req, res) => {
    const type = req.url?.endsWith('.woff2') ? 'font/woff2' : 'image/png';
    res.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' });
    const timer = setInterval(() => res.write('\0'), TRICKLE_INTERVAL_MS);
    res.on('close', () => clearInterval(timer));
  });
  return server.listen(0, '127.0.0.1');
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cp-hostile-'));
  trickle = startTrickle();
  await once(trickle, 'listening');
  const { port } = trickle.address() as AddressInfo;
  host = `localhost:${port}`;
  const font = {
    body: '<p>never in its own letters</p>',
    css: `@font-face { font-family: endless; src: url(http://${host}/endless.woff2); } p { font-family: endless; }`,
  };
  const picture = { body: `<img src="http://${host}/endless.png">` };
  await writeFaultTemplates(directory, {
    host,
    templates: { ...HOSTILE, 'endless-font': font, 'endless-picture': picture },
  });
  service = await startService({
    env: {
      TEMPLATES_DIR: directory,
      EGRESS_ALLOW: `${host},127.0.0.1:${port}`,
      RENDER_TIMEOUT_MS: '4000',
    },
  });
}, FAULT_TIMEOUT_MS);
afterAll(async () => {
  await service?.stop();
  trickle?.closeAllConnections();
  trickle?.close();
  await rm(directory, { recursive: true, force: true });
});

async function outcomeOf(template: string, data: object): Promise<string> {
  const body = { template, data, wait: 0 };
  const { json: accepted } = await insist(service.api, '/v1/images', { body });
  const image = await settled(service.api, accepted.id);
  return image.status === 'failed' ? String(image.error.code) : image.status;
}

describe('a page that does harm', () => {
  // Deadlines and crashes of a page are met in short by browser/supervision and deadly-jobs.
  itInFull(
    'is drawn or fails alone, while good ones beside it go on and are their own',
    async () => {
      const load = startLoad(service.api, { name: 'good', clients: 4 });
      await load.progress(4);
      for (let round = 0; round < ROUNDS; round += 1) {
        const ids = [...BOMBS, ...ENDLESS];
        const done = Promise.all(
          ids.map(async (id) => [id, await outcomeOf(id, { n: round })] as const),
        );
        // The good ones do not wait until the bad ones are through with their attempts.
        await load.progress(20);
        const outcomes = Object.fromEntries(await done);
        for (const id of ENDLESS) expect([id, outcomes[id]]).toEqual([id, 'render_timeout']);
        for (const id of BOMBS) {
          expect([id, outcomes[id]]).toEqual([
            id,
            expect.stringMatching(/^(completed|render_timeout|render_crashed)$/),
          ]);
        }
        await load.progress(4);
      }
      const tally = await load.stop();
      expect(tally).toEqual(unharmed(tally));
    },
    FAULT_TIMEOUT_MS,
  );

  it('whose picture field never ends is drawn with something in its place', async () => {
    const { port } = trickle.address() as AddressInfo;
    const photo = `http://127.0.0.1:${port}/endless.png`;
    const data = { ...colourFields('endless photo'), photo };
    const body = { template: 'colour-code', data, wait: 0 };
    const { json: accepted } = await insist(service.api, '/v1/images', { body });
    const image = await settled(service.api, accepted.id);
    expect(image.status).toBe('completed');
    expect(image.warnings.map(({ field }: { field?: string }) => field)).toContain('photo');
    const { bytes } = await service.api(new URL(image.url).pathname);
    expect(await shownColours(bytes)).toEqual(coloursOf('endless photo'));
  }, 120_000);
});

describe('a page that eats memory', () => {
  it(
    'ends its browser before it ends the machine, and the next is drawn',
    async () => {
      const reasons: string[] = [];
      const supervisor = createBrowserSupervisor({
        launch: async () =>
          launchChromium({
            executablePath: await chromiumPath(),
            sandbox: process.getuid?.() !== 0,
            // Nobody listens there: this page asks for nothing.
            proxyUrl: 'http://127.0.0.1:9',
            timeoutMs: 30_000,
          }),
        maxRenders: 1_000,
        maxBytes: 8 * 1024 ** 3,
        killBytes: KILL_BYTES,
        closeTimeoutMs: 5_000,
        // Reading the memory of a page that grows takes time from it.
        memoryCheckIntervalMs: 250,
        onRestart: (reason) => reasons.push(reason),
      });
      const lease = await supervisor.lease();
      const ended = new Promise<void>((resolve) => lease.onUnusable(resolve));
      const page = await lease.browser.newPage();
      // Whoever uses it still holds it: it is not waited for.
      page.setContent(HOSTILE['billion-laughs']?.body ?? '').catch(() => undefined);
      await ended;
      expect(reasons).toEqual(['memory']);
      lease.release();

      const next = await supervisor.lease();
      expect(next.usable).toBe(true);
      next.release();
      await supervisor.close();
    },
    FAULT_TIMEOUT_MS,
  );
});
