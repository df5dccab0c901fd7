import { once } from 'node:events';
import { lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Being made; nobody takes it for one that was left. */
const STARTING = 'cardpress-starting-';
export const BROWSER_FOLDER = 'cardpress-browsers-';
const ALIVE = 'alive';
/** `sun_path` holds 104 bytes on macOS, 108 on Linux (man 7 unix); Node cuts off what is longer. */
const MAX_SOCKET_BYTES = 103;

export interface BrowserFolder {
  path: string;
  /** Starts a browser whose profile and other temporary files go into the folder. */
  within<T>(launch: () => Promise<T>): Promise<T>;
  /** Removes the folder with all that is in it: once the browsers are closed. */
  close(): Promise<void>;
}

/**
 * A folder for all that the browsers of this process leave on the disk, because a process that is
 * killed removes nothing: what others left behind so is removed here, at the start of the next one.
 *
 * A process holds a socket in its folder open. The kernel closes it however the process ends, so it
 * tells the dead from the living where a process id cannot: ids are used again, and in containers
 * that share a folder every process is number 1.
 * @param parent defaults to the system's temporary folder; where its name is too long for a socket,
 *   browsers use it as it is
 */
export async function openBrowserFolder(parent = tmpdir()): Promise<BrowserFolder> {
  const longest = join(parent, `${STARTING}xxxxxx`, ALIVE);
  if (Buffer.byteLength(longest) > MAX_SOCKET_BYTES) {
    return { path: parent, within: (launch) => launch(), close: async () => undefined };
  }
  await sweep(parent);
  const made = await mkdtemp(join(parent, STARTING));
  const path = join(parent, BROWSER_FOLDER + made.slice(-6));
  let alive: Server;
  try {
    alive = await holdOpen(join(made, ALIVE));
    // Only now has it its name: there is no moment at which it looks as if it had been left.
    await rename(made, path);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  return {
    path,
    within: (launch) => withTemporaryFolder(path, launch),
    async close() {
      alive.close();
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function holdOpen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  server.unref();
  return server;
}

let launches = 0;
let before: string | undefined;

/**
 * Playwright puts the profiles of its browsers into the system's temporary folder and has no option
 * for another; it looks up which one that is at every launch.
 */
async function withTemporaryFolder<T>(path: string, launch: () => Promise<T>): Promise<T> {
  if (launches === 0) before = process.env.TMPDIR;
  launches += 1;
  process.env.TMPDIR = path;
  try {
    return await launch();
  } finally {
    launches -= 1;
    if (launches === 0) {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  }
}

/** Removes the folders of processes that are gone. What cannot be looked at is left alone. */
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const folders = names.filter((name) => name.startsWith(BROWSER_FOLDER));
  await Promise.all(
    folders.map(async (name) => {
      const path = join(parent, name);
      if (!(await isOwn(path)) || !(await isLeft(path))) return;
      await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
    }),
  );
}

/** The temporary folder is everybody's: somebody else may have put a link or a folder there. */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid);
}

function isLeft(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(path, ALIVE));
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    // Refused: the file is there, and nobody behind it. Without the file its removal was broken off.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT');
    });
  });
}
