import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageInfo } from '../../../src/config/package-info.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';

const program = join(packageInfo.root, 'bin', 'cardpress.mjs');
const compiled = join(packageInfo.root, 'dist', 'src', 'cli', 'main.js');

let folder: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  if (!existsSync(compiled)) {
    throw new Error('dist/ holds no command line: run "npm run build" first, or "npm test".');
  }
  ({ path: folder, remove } = await temporaryDirectory());
});
afterAll(() => remove());

function start(args: string[]) {
  // A name that is handed on to the browser too, whose environment holds little of ours.
  const mark = `XDG_CARDPRESS_TEST_MARK=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  const { NODE_OPTIONS: _jest, REDIS_URL: _redis, LOG_LEVEL: _level, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...inherited, DATA_DIR: join(folder, 'data'), [name]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  return { child, mark, ended, output: buffer(child.stdout), errors: buffer(child.stderr) };
}

/** Ids of processes that were started with this mark in their environment, however far down. */
function marked(mark: string): string[] {
  return readdirSync('/proc').filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

function isBrowser(id: string): boolean {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--remote-debugging-pipe');
  } catch {
    return false;
  }
}

describe('bin/cardpress.mjs', () => {
  it('draws into a pipe, ends by itself and leaves no process', async () => {
    const call = start(['render', 'article', 'title=Hello', '--out', '-']);
    const picture = await call.output;
    expect(await call.ended).toBe(0);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.readUInt32BE(16)).toBe(1200);
    expect((await call.errors).toString()).not.toMatch(/\{"|\n\s+at /);
    await until(() => marked(call.mark).length === 0);
  });

  it('makes a key with a Redis of its own, and leaves none running', async () => {
    const call = start(['keys', 'create', 'ci']);
    expect((await call.output).toString()).toMatch(/^cp_live_[\w-]{43}\n$/);
    expect(await call.ended).toBe(0);
    await until(() => marked(call.mark).length === 0);
  });

  it('ends in order on Ctrl-C, with nothing left behind', async () => {
    const call = start([
      'render',
      'article',
      '--size',
      'og,square,story',
      '--out',
      join(folder, '{size}.png'),
    ]);
    await until(() => marked(call.mark).some(isBrowser), 20_000);
    call.child.kill('SIGINT');
    expect(await call.ended).toBe(130);
    await until(() => marked(call.mark).length === 0);
    expect((await call.errors).toString()).not.toMatch(/\n\s+at /);
  });

  it('answers a wrong call with exit code 2', async () => {
    const call = start(['rendr']);
    expect(await call.ended).toBe(2);
    expect((await call.errors).toString()).toContain('Did you mean "render"?');
  });
});
