import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageInfo } from '../../../src/config/package-info.js';
import { chromiumPath } from '../../support/chromium-path.js';
import { requireService } from '../../support/require-service.js';
import { freePort } from '../../support/service-environment.js';
import { until } from '../../support/until.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What `npm pack` puts into the package, from what is compiled now. */
function packedFiles(): string[] {
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const [packed] = JSON.parse(json) as [{ files: { path: string }[] }];
  return packed.files.map(({ path }) => path);
}

const files = packedFiles();
let folder: string;
let program: string;
let service: ChildProcess | undefined;

/** The package among the dependencies that it would be installed with, outside the repository. */
beforeAll(async () => {
  await requireService('redis');
  folder = mkdtempSync(join(tmpdir(), 'cp-package-'));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'cardpress');
  for (const path of files) {
    mkdirSync(dirname(join(installed, path)), { recursive: true });
    cpSync(join(root, path), join(installed, path));
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(folder, 'empty'));
  program = join(installed, 'bin/cardpress.mjs');
});
afterAll(async () => {
  if (service && service.exitCode === null) {
    const exited = once(service, 'exit');
    service.kill('SIGTERM');
    await exited;
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('the package', () => {
  it('holds compiled code, templates and what looks for programs, and nothing of development', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'bin/cardpress.mjs',
        'dist/src/main.js',
        'dist/workers/decode.js',
        'dist/workers/deliver.js',
        'dist/workers/render.js',
        'scripts/setup/chromium.mjs',
        'templates/article/template.json',
      ]),
    );
    const allowed =
      /^(LICENSE|README\.md|package\.json|bin\/|dist\/(src|workers)\/.*\.js$|scripts\/setup\/|templates\/)/;
    expect(files.filter((path) => !allowed.test(path))).toEqual([]);
  });

  it('knows its version and its commands', () => {
    const told = execFileSync(process.execPath, [program, '--version'], {
      cwd: join(folder, 'empty'),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(told).toBe(`${packageInfo.version}\n`);
  });

  it('serves from an empty folder, and keeps all that is its own there', async () => {
    const port = await freePort();
    const cwd = join(folder, 'empty');
    const env = { CHROMIUM_PATH: await chromiumPath(), PORT: String(port), HOST: '127.0.0.1' };
    service = spawn(process.execPath, [program, 'start'], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', REDIS_URL: '', ...env },
      stdio: 'ignore',
    });
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok, 30_000);
    const key = readFileSync(join(cwd, 'data/secrets/api-key'), 'utf8').trim();
    const answer = await fetch(`${url}/v1/images`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ template: 'article', data: { title: 'Packed' }, wait: 30 }),
    });
    expect(await answer.json()).toMatchObject({ status: 'completed', warnings: [] });
    expect(readdirSync(cwd)).toEqual(['data']);
  });
});
