import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { packageInfo } from '../../src/config/package-info.js';

/** Where and when figures were taken: without it none of them can be judged later. */
export interface Environment {
  /** With `+` behind it where files differ from the commit; empty outside of a repository. */
  commit: string;
  /** ISO 8601 UTC. */
  date: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  /** What the browser says of itself, e.g. `Chromium 142.0.7444.59`. */
  chromium: string;
}

function said(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, {
      cwd: packageInfo.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

export function describeEnvironment(): Environment {
  const commit = said('git', ['rev-parse', 'HEAD']);
  const isChanged = said('git', ['status', '--porcelain']) !== '';
  const chromium = process.env.CHROMIUM_PATH;
  return {
    commit: isChanged && commit !== '' ? `${commit}+` : commit,
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    chromium: chromium ? said(chromium, ['--version']) : "Playwright's own",
  };
}
