import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.js';
import { endServer, hasEnded, spawnServer } from './wordpress-process.js';

/** Debian's package `mariadb-server-core` puts it where not everyone's PATH leads. */
const MARIADBD = '/usr/sbin/mariadbd';
const READY_TIMEOUT_MS = 60_000;

export interface WordpressDatabase {
  /** As WordPress takes it: `root` without a password, over a Unix socket only. */
  socketPath: string;
  name: string;
  /** Ends the process and deletes its folder. */
  stop(): Promise<void>;
}

/** MariaDB greets whoever connects, once it takes queries. */
function greets(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const settle = (ready: boolean) => {
      resolve(ready);
      socket.destroy();
    };
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

async function createTables(dataDir: string, asUser: string[]): Promise<void> {
  const args = ['--no-defaults', `--datadir=${dataDir}`, '--skip-test-db', '--skip-name-resolve'];
  args.push('--auth-root-authentication-method=normal', ...asUser);
  await promisify(execFile)('mariadb-install-db', args);
}

function launch(folder: string, socketPath: string, asUser: string[]): ChildProcess {
  const args = ['--no-defaults', `--datadir=${join(folder, 'data')}`, `--socket=${socketPath}`];
  args.push(`--pid-file=${join(folder, 'pid')}`, `--init-file=${join(folder, 'init.sql')}`);
  args.push('--skip-networking', '--skip-log-bin', '--innodb-flush-log-at-trx-commit=0');
  args.push('--innodb-buffer-pool-size=32M', '--innodb-log-file-size=8M', ...asUser);
  return spawnServer(MARIADBD, args);
}

/**
 * A real MariaDB of its own for one test file, with an empty database, on no network. Ready in
 * about two seconds; needs Debian's `mariadb-server-core`, no root and no service.
 */
export async function startWordpressDatabase(): Promise<WordpressDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-mariadb-'));
  const socketPath = join(folder, 'sock');
  const name = 'wordpress';
  // It refuses to be root unless it is told so.
  const asUser = process.getuid?.() === 0 ? ['--user=root'] : [];
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await createTables(join(folder, 'data'), asUser);
    await writeFile(join(folder, 'init.sql'), `CREATE DATABASE ${name} CHARACTER SET utf8mb4;\n`);
  } catch (error) {
    await remove();
    throw error;
  }

  const child = launch(folder, socketPath, asUser);
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.once('error', (error) => {
    output += error.message;
  });
  const stop = async () => {
    await endServer(child);
    await remove();
  };
  try {
    await until(async () => {
      if (hasEnded(child)) throw new Error('it ended');
      return greets(socketPath);
    }, READY_TIMEOUT_MS);
  } catch (cause) {
    await stop();
    throw new Error(`MariaDB did not start: ${output.slice(-2000)}`, { cause });
  }
  return { socketPath, name, stop };
}
