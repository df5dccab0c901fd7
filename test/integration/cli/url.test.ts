import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { urlCommand } from '../../../src/cli/url-command.js';
import { type LinkServer, startLinkServer } from '../../support/link-server.js';
import { E2E_TEMPLATES, startService, type TestService } from '../../support/service.js';
import { callCli } from './call-cli.js';

let service: TestService;
let server: LinkServer;

beforeAll(async () => {
  service = await startService();
  server = await startLinkServer(service, { dynamicBudgetMs: 20_000 });
});
afterAll(async () => {
  await server?.stop();
  await service?.stop();
});

const call = (args: string[], env: Record<string, string> = {}) =>
  callCli(['url', ...args], {
    commands: [urlCommand],
    env: {
      SIGNING_SECRET: service.settings.signingSecret ?? '',
      PUBLIC_URL: server.url,
      TEMPLATES_DIR: E2E_TEMPLATES,
      ...env,
    },
  });

it('makes an address that the service answers, without asking it', async () => {
  const args = ['note', 'title=From here', '--size', 'square', '--format', 'jpeg'];
  const { code, stdout, stderr } = await call(args);
  expect([code, stderr]).toEqual([0, '']);
  const answer = await server.api(stdout.trim());
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/jpeg']);
  const same = await server.api('/v1/urls', {
    body: {
      template: 'note',
      data: { title: 'From here' },
      size: 'square',
      output: { format: 'jpeg' },
    },
  });
  expect(stdout.trim()).toBe(same.json.url);
  const ends = await call(['note', 'title=x', '--expires-in', '60']);
  expect(ends.stdout).toMatch(/[?&]_expires=\d{10}&/);
});

it('prints the key that signs: the newest', async () => {
  expect((await call(['--key'])).stdout).toMatch(/^[0-9a-f]{64}\n$/);
  const keys = `${'ab'.repeat(32)},${'cd'.repeat(32)}`;
  expect((await call(['--key'], { URL_SIGNING_KEY: keys })).stdout).toBe(`${'ab'.repeat(32)}\n`);
});

it('says what is wrong with a call, with data and with settings', async () => {
  expect(await call([])).toMatchObject({ code: 2, stdout: '' });
  expect((await call(['note', 'title=x', '--expires-in', 'soon'])).stderr).toContain(
    '--expires-in',
  );
  expect((await call(['note', 'title=x', '--format', 'gif'])).stderr).toContain('--format');
  const data = await call(['note', 'titel=x']);
  expect([data.code, data.stderr.includes('data.titel')]).toEqual([1, true]);
  const key = await call(['--key'], { URL_SIGNING_KEY: 'short' });
  expect(key.stderr).toContain('URL_SIGNING_KEY: expected 1 to 5 keys of 64 hex digits');
});
