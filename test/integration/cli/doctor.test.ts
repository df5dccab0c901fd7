import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBrowser } from '../../../src/cli/doctor/browser-checks.js';
import { checkImage, checkNode } from '../../../src/cli/doctor/machine-checks.js';
import { loadSettings } from '../../../src/config/settings.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { chromiumPath } from '../../support/chromium-path.js';
import {
  templateFiles,
  temporaryDirectory,
  writeFiles,
} from '../../support/templates/template-files.js';
import { callCli } from './call-cli.js';

let folder: string;
let remove: () => Promise<void>;
let env: Record<string, string>;

beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  await writeFiles(join(folder, 'templates', 'card'), templateFiles());
  env = {
    DATA_DIR: join(folder, 'data'),
    TEMPLATES_DIR: join(folder, 'templates'),
    CHROMIUM_PATH: await chromiumPath(),
    CARDPRESS_REDIS_SERVER: process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server',
  };
});
afterAll(() => remove());

interface Report {
  settings: { name: string; value: string; source: string }[];
  findings: { check: string; status: string; detail: string; remedy?: string }[];
}

async function doctor(more: Record<string, string> = {}) {
  const { code, stdout } = await callCli(['doctor', '--json'], { env: { ...env, ...more } });
  const report = JSON.parse(stdout) as Report;
  const of = (check: string) => report.findings.filter((finding) => finding.check === check);
  const setting = (name: string) => report.settings.find((s) => s.name === name);
  return { code, of, setting, stdout };
}

describe('cardpress doctor', () => {
  it('finds nothing wrong where nothing is, and says so line by line', async () => {
    const { code, stdout } = await callCli(['doctor'], { env });
    const checks = ['settings', 'Node', 'data', 'disk', 'Redis', 'storage', 'templates'];
    for (const name of [...checks, 'Chromium', 'drawing', 'fonts']) {
      expect(stdout).toMatch(new RegExp(`^[✔!] ${name} `, 'm'));
    }
    expect(stdout).not.toContain('✖');
    expect(code).toBe(0);
  });

  it('names every wrong setting at once and checks what it still can', async () => {
    const { code, of } = await doctor({
      PORT: 'many',
      STORAGE: 's3',
      REDIS_URL: 'localhost',
      RENDER_TIMEOUT_MS: '1',
    });
    expect(code).toBe(1);
    const told = of('settings').map(({ detail }) => detail.split(':')[0]);
    expect(told.sort()).toEqual(['PORT', 'REDIS_URL', 'RENDER_TIMEOUT_MS', 'S3_BUCKET']);
    for (const check of ['Redis', 'storage', 'Chromium']) {
      expect(of(check)).toEqual([expect.objectContaining({ status: 'skipped' })]);
    }
    expect(of('templates')[0]).toMatchObject({ status: 'ok', detail: '1: card' });
  });

  it('says where settings come from and shows no secret', async () => {
    await writeFiles(join(folder, 'data', 'secrets'), { 'signing-secret': 'kept-in-a-file\n' });
    const { setting, stdout } = await doctor({
      API_KEY: 'a-secret-of-the-environment',
      REDIS_URL: 'redis://user:hunter2@127.0.0.1:1/0',
      CARDPRESS_FOUND: 'CHROMIUM_PATH',
    });
    expect(setting('API_KEY')).toMatchObject({ source: 'environment', value: '•••' });
    expect(setting('SIGNING_SECRET')).toMatchObject({ source: 'file' });
    expect(setting('REDIS_URL')?.value).toBe('redis://user:•••@127.0.0.1:1/0');
    expect(setting('CHROMIUM_PATH')).toMatchObject({ source: 'found' });
    expect(setting('PORT')).toEqual({ name: 'PORT', value: '3000', source: 'default' });
    expect(stdout).not.toMatch(/a-secret-of|kept-in-a-file|hunter2/);
  });

  it('gives a remedy for each part that does not work', async () => {
    await writeFiles(join(folder, 'bad', 'broken'), { 'template.json': '{,}' });
    await writeFiles(join(folder, 'bad', 'card'), templateFiles());
    await writeFile(join(folder, 'file'), '');
    const notChromium = join(folder, 'not-chromium');
    await writeFile(notChromium, '#!/bin/sh\necho "no usable sandbox" >&2\nexit 3\n');
    await chmod(notChromium, 0o755);
    const { code, of } = await doctor({
      DATA_DIR: join(folder, 'file', 'data'),
      TEMPLATES_DIR: join(folder, 'bad'),
      CHROMIUM_PATH: notChromium,
      CARDPRESS_REDIS_SERVER: join(folder, 'no-redis'),
    });
    expect(code).toBe(1);
    for (const check of ['data', 'storage', 'Redis', 'Chromium']) {
      expect(of(check)[0]).toMatchObject({ status: 'failed', remedy: expect.stringMatching(/\w/) });
    }
    expect(of('Chromium')[0]?.detail).toContain('no usable sandbox');
    expect(of('templates')[1]).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^broken\/template\.json:1:2: /),
    });
  });

  it('says that Redis does not answer', async () => {
    const { of } = await doctor({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect(of('Redis')).toEqual([
      expect.objectContaining({ status: 'failed', detail: expect.stringContaining(':1: ') }),
    ]);
  });

  it('sees a script that no font has in what the browser draws', async () => {
    const observers = { logger: createLogger('silent'), metrics: createMetrics() };
    // U+E123 is for private use: no installed font has a form for it.
    const texts = { emoji: '\u{e123}', arabic: 'Latin' };
    const findings = await checkBrowser(loadSettings(env), observers, texts);
    expect(findings.filter(({ check }) => check === 'fonts')).toEqual([
      expect.objectContaining({
        status: 'failed',
        detail: expect.stringContaining('no font for emoji'),
      }),
    ]);
  });

  it('refuses a Node that is too old', () => {
    expect(checkNode('20.18.9')).toMatchObject({ status: 'failed' });
    expect(checkNode('20.19.0')).toMatchObject({ status: 'ok' });
    expect(checkNode('26.0.0')).toMatchObject({ status: 'ok' });
  });

  it('tells what a container image was built with, and nothing where there is none', async () => {
    expect(await checkImage(folder)).toEqual([]);
    const versions = { chromium: '156.0.1', node: '24.22.3', redis: '7.0.15' };
    await writeFile(join(folder, 'image-versions.json'), JSON.stringify(versions));
    expect(await checkImage(folder)).toEqual([
      {
        check: 'image',
        status: 'ok',
        detail: 'built with Chromium 156.0.1, Node 24.22.3, Redis 7.0.15',
      },
    ]);
  });
});
