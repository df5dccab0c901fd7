import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../src/records/embedded-redis.js';
import { isListening } from '../../../src/records/is-listening.js';
import { connectForRequests, untilReady } from '../../../src/records/redis-connections.js';
import { formerSocketPath } from '../../../src/records/stop-redis.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';

/*
 * Whoever stands at the socket of the embedded Redis is told every secret of the service. So
 * strangers stand there, or try to.
 */

const binary = process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server';
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
/** Only root can act as another user. */
const itAsRoot = isRoot ? it : it.skip;

let folder: string;
let remove: () => Promise<void>;
const running: EmbeddedRedis[] = [];
const strangers: Server[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  // What protects the socket must be its own folder, not the one of this test.
  await chmod(folder, 0o755);
});
afterEach(async () => {
  for (const redis of running.splice(0)) await redis.stop();
  for (const stranger of strangers.splice(0)) {
    await new Promise((resolve) => stranger.close(resolve));
  }
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});
afterAll(() => remove());

async function start(directory: string): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ binary, directory });
  running.push(redis);
  return redis;
}

it('gives redis-server no secret of its own environment', async () => {
  // The server writes its title over its environment, so that it is looked at before.
  const seen = join(folder, 'environment.txt');
  const wrapper = join(folder, 'redis-server.sh');
  await writeFile(wrapper, `#!/bin/sh\nenv > '${seen}'\nexec '${binary}' "$@"\n`, { mode: 0o755 });
  process.env.CARDPRESS_TEST_SECRET = 'canary-of-the-environment';
  try {
    running.push(
      await startEmbeddedRedis({ binary: wrapper, directory: join(folder, 'environment') }),
    );
  } finally {
    delete process.env.CARDPRESS_TEST_SECRET;
  }
  const environment = await readFile(seen, 'utf8');
  expect(environment).toContain('PATH=');
  expect(environment).not.toContain('canary');
});

/** Listens at a path, says yes to everything, and keeps what it hears. */
async function standAt(path: string): Promise<() => string> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      for (const command of chunk.toString().split(/(?=\*\d+\r\n)/)) {
        // What a client asks for before it takes a server for ready.
        const isInfo = /^\*1\r\n\$4\r\ninfo\r\n/i.test(command);
        socket.write(isInfo ? '$9\r\nloading:0\r\n' : '+OK\r\n');
      }
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  strangers.push(server);
  return () => heard;
}

async function value(url: string, key: string): Promise<string | null> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, 5_000);
    return await redis.get(key);
  } finally {
    redis.disconnect();
  }
}

/** A server as anybody can start one. */
async function serverAt(socket: string, directory: string, ...more: string[]): Promise<void> {
  const args = ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--save', ''];
  args.push('--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always', ...more);
  children.push(spawn(binary, args, { stdio: 'ignore' }));
  await until(() => isListening(socket), 10_000);
}

async function madeFolder(name: string): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory, { mode: 0o700 });
  return directory;
}

describe('the socket of the embedded Redis', () => {
  it('lies in a folder of mode 0700 below its data, and asks for a password', async () => {
    const directory = join(folder, 'plain');
    const { url, socketPath } = await start(directory);
    expect(socketPath).toBe(join(directory, 'socket', 'redis.sock'));
    expect((await lstat(dirname(socketPath))).mode & 0o777).toBe(0o700);
    for (const name of ['password', 'proof']) {
      expect((await lstat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
    expect(await value(url, 'any')).toBeNull();
    const told = spawnSync('redis-cli', ['-s', socketPath, 'ping'], { encoding: 'utf8' });
    expect(told.stdout).toContain('NOAUTH');
    const password = (await readFile(join(directory, 'password'), 'utf8')).trim();
    const env = { ...process.env, REDISCLI_AUTH: password };
    expect(execFileSync('redis-cli', ['-s', socketPath, 'ping'], { env, encoding: 'utf8' })).toBe(
      'PONG\n',
    );
  });

  it('shows neither of its secrets in the list of processes', async () => {
    const directory = join(folder, 'listed');
    await start(directory);
    const shown = execFileSync('ps', ['axeww', '-o', 'args'], { encoding: 'utf8' });
    expect(shown).toContain(join(directory, 'socket', 'redis.sock'));
    for (const name of ['password', 'proof']) {
      expect(shown).not.toContain((await readFile(join(directory, name), 'utf8')).trim());
    }
  });

  itAsRoot('cannot be reached by another user', async () => {
    const directory = join(folder, 'other');
    const { socketPath } = await start(directory);
    await chmod(directory, 0o755);
    const ids = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
    const asNobody = (...command: string[]) =>
      spawnSync('setpriv', [...ids, ...command], { encoding: 'utf8' });
    const told = asNobody('redis-cli', '-s', socketPath, 'ping');
    expect(`${told.stdout}${told.stderr}`).toContain('Permission denied');
    expect(asNobody('cat', join(directory, 'password')).stderr).toContain('Permission denied');
  });

  it('keeps both secrets to itself after a copy has opened their files', async () => {
    const directory = join(folder, 'opened');
    const { url, stop } = await startEmbeddedRedis({ binary, directory });
    await stop();
    await chmod(join(directory, 'password'), 0o644);
    expect((await start(directory)).url).toBe(url);
    expect((await lstat(join(directory, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('is closed to others who could rename its folder', async () => {
    const directory = await madeFolder('shared');
    await chmod(directory, 0o777);
    await start(directory);
    expect((await stat(directory)).mode & 0o022).toBe(0);
  });

  it('lies in a private folder of its own where the path is too long', async () => {
    const directory = join(folder, 'l'.repeat(90));
    const first = await start(directory);
    const second = await start(directory);
    expect(first.socketPath).not.toContain(directory);
    expect(second.url).toBe(first.url);
    const made = dirname(first.socketPath);
    expect((await lstat(made)).mode & 0o777).toBe(0o700);
    for (const redis of running.splice(0).reverse()) await redis.stop();
    expect((await start(directory)).socketPath).toBe(first.socketPath);
    for (const redis of running.splice(0)) await redis.stop();
    // As a machine does that empties its temporary files.
    await rm(made, { recursive: true });
    const third = await start(directory);
    expect(third.socketPath).not.toBe(first.socketPath);
    expect((await lstat(dirname(third.socketPath))).mode & 0o777).toBe(0o700);
    await third.stop();
    await rm(dirname(third.socketPath), { recursive: true, force: true });
    running.length = 0;
  });
});

describe('a stranger', () => {
  itAsRoot('at the name that earlier versions had is never spoken to', async () => {
    const directory = join(folder, 'guessed');
    const path = formerSocketPath(directory);
    const heard = await standAt(path);
    await chown(path, NOBODY, NOBODY);
    await chmod(path, 0o777);
    const { url, socketPath } = await start(directory);
    expect(await value(url, 'any')).toBeNull();
    expect(socketPath).not.toBe(path);
    expect(heard()).toBe('');
  });

  it('behind a link at that name is never spoken to', async () => {
    const directory = join(folder, 'linked-name');
    const heard = await standAt(join(folder, 'elsewhere.sock'));
    const path = formerSocketPath(directory);
    await symlink(join(folder, 'elsewhere.sock'), path);
    try {
      const { url } = await start(directory);
      expect(await value(url, 'any')).toBeNull();
      expect(heard()).toBe('');
    } finally {
      await rm(path, { force: true });
    }
  });

  itAsRoot('who made the folder first is refused by name, and hears nothing', async () => {
    const directory = await madeFolder('taken');
    const taken = await madeFolder('taken/socket');
    const heard = await standAt(join(taken, 'redis.sock'));
    await chown(taken, NOBODY, NOBODY);
    await expect(start(directory)).rejects.toThrow(
      /taken\/socket holds the socket .* belongs to the user with number 65534 .*REDIS_URL/,
    );
    expect(heard()).toBe('');
  });

  itAsRoot('who made the socket in our folder is refused, and hears nothing', async () => {
    const directory = await madeFolder('planted');
    const socket = join(await madeFolder('planted/socket'), 'redis.sock');
    const heard = await standAt(socket);
    await chown(socket, NOBODY, NOBODY);
    await expect(start(directory)).rejects.toThrow(
      /redis\.sock is not the socket of our own Redis/,
    );
    expect(heard()).toBe('');
  });

  it('behind a link in place of the folder is refused, and hears nothing', async () => {
    const directory = await madeFolder('linked');
    const heard = await standAt(join(await madeFolder('linked-to'), 'redis.sock'));
    await symlink(join(folder, 'linked-to'), join(directory, 'socket'));
    await expect(start(directory)).rejects.toThrow(/linked\/socket .* is no folder/);
    expect(heard()).toBe('');
  });

  it('behind a link in place of the socket is refused, and hears nothing', async () => {
    const directory = await madeFolder('link');
    const heard = await standAt(join(folder, 'real.sock'));
    await symlink(join(folder, 'real.sock'), join(await madeFolder('link/socket'), 'redis.sock'));
    await expect(start(directory)).rejects.toThrow(/is not the socket of our own Redis/);
    expect(heard()).toBe('');
  });

  it('whose folder elsewhere is named to us is refused', async () => {
    const directory = await madeFolder('pointed');
    const wide = await madeFolder('wide-elsewhere');
    await chmod(wide, 0o777);
    const heard = await standAt(join(wide, 'redis.sock'));
    await writeFile(join(directory, 'socket-folder'), wide);
    await expect(start(directory)).rejects.toThrow(/wide-elsewhere .* other users may use it/);
    expect(heard()).toBe('');
  });

  it.each([0o755, 0o711, 0o770, 0o777, 0o1777, 0o702])(
    'who may use a folder of mode %o keeps us from using it',
    async (mode) => {
      const directory = await madeFolder(`mode-${mode.toString(8)}`);
      const made = join(directory, 'socket');
      await mkdir(made);
      await chmod(made, mode);
      await expect(start(directory)).rejects.toThrow(
        /other users may use it \(mode \d+\).*chmod 700/,
      );
    },
  );

  it('without our password is not adopted, though it runs as our user', async () => {
    const directory = await madeFolder('open');
    const socket = join(await madeFolder('open/socket'), 'redis.sock');
    await serverAt(socket, directory);
    await expect(start(directory)).rejects.toThrow(/what answers at .* is not the Redis of .*open/);
  });

  it('who has our password, and nothing else, is not adopted', async () => {
    const directory = join(folder, 'overheard');
    await (await startEmbeddedRedis({ binary, directory })).stop();
    const password = (await readFile(join(directory, 'password'), 'utf8')).trim();
    const socket = join(directory, 'socket', 'redis.sock');
    await serverAt(socket, directory, '--requirepass', password);
    await expect(start(directory)).rejects.toThrow(/is not the Redis of .*overheard/);
  });

  it('who agrees to everything is not adopted', async () => {
    const directory = await madeFolder('yes');
    await standAt(join(await madeFolder('yes/socket'), 'redis.sock'));
    await expect(start(directory)).rejects.toThrow(/is not the Redis of .*yes/);
  });
});

describe('a data folder of the version before', () => {
  it('is taken over from the server that was left on it', async () => {
    const directory = await madeFolder('former');
    const former = formerSocketPath(directory);
    await serverAt(former, directory);
    const before = connectForRequests(`unix://${former}`);
    await untilReady(before, 5_000);
    await before.set('kept', 'yes');
    before.disconnect();
    const { url } = await start(directory);
    expect(await value(url, 'kept')).toBe('yes');
    expect(await isListening(former)).toBe(false);
    await expect(lstat(former)).rejects.toThrow(/ENOENT/);
  });

  it('is left alone while that version works on it', async () => {
    const directory = await madeFolder('in-use');
    const former = formerSocketPath(directory);
    await serverAt(former, directory);
    const client = connectForRequests(`unix://${former}`);
    await untilReady(client, 5_000);
    await expect(start(directory)).rejects.toThrow(
      /an earlier version .* still works on .*Stop it/,
    );
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });
});
