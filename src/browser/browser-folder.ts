import { once } from 'node:events';
import { lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Prefix of a folder's name while it is being created. `removeAbandonedFolders` ignores it. */
const STARTING_PREFIX = 'cardpress-starting-';
export const BROWSER_FOLDER_PREFIX = 'cardpress-browsers-';
/** Name of the socket file. */
const ALIVE = 'alive';
/**
 * Limit of a socket path: `sun_path` holds 104 bytes on macOS, 108 on Linux (man 7 unix). Node cuts
 * off longer paths.
 */
const MAX_SOCKET_BYTES = 103;

export interface BrowserFolder {
  path: string;
  /**
   * Runs `launch` so that the profile and other temporary files of the browser go into the folder.
   */
  within<T>(launch: () => Promise<T>): Promise<T>;
  /** Removes the folder with its content. Call it after the browsers are closed. */
  close(): Promise<void>;
}

/**
 * Creates the folder for all files that the browsers of this process write. A process that is
 * killed removes nothing, so the next process removes the folders of dead ones when it starts.
 *
 * Each process keeps a socket in its folder open. The kernel closes the socket however the process
 * ends, so the socket tells whether the process is alive. A process id cannot: ids are used again,
 * and in containers that share a folder every process is number 1.
 * @param parent Defaults to the system's temporary folder. If its path is too long for a socket,
 *   browsers use it directly.
 */
export async function openBrowserFolder(parent = tmpdir()): Promise<BrowserFolder> {
  const longest = join(parent, `${STARTING_PREFIX}xxxxxx`, ALIVE);
  if (Buffer.byteLength(longest) > MAX_SOCKET_BYTES) {
    return { path: parent, within: (launch) => launch(), close: async () => undefined };
  }
  await removeAbandonedFolders(parent);
  const made = await mkdtemp(join(parent, STARTING_PREFIX));
  const path = join(parent, BROWSER_FOLDER_PREFIX + made.slice(-6));
  let alive: Server;
  try {
    alive = await listenOn(join(made, ALIVE));
    // Renamed only now: the folder never exists under its final name without its socket.
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

async function listenOn(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  server.unref();
  return server;
}

/** Launches that have begun and not ended. The first one saves TMPDIR, the last one restores it. */
let launchesInFlight = 0;
let savedTmpdir: string | undefined;

/**
 * Playwright puts the profiles of its browsers into the system's temporary folder and has no option
 * for another. It reads TMPDIR at every launch, so TMPDIR is changed for the launch.
 */
async function withTemporaryFolder<T>(path: string, launch: () => Promise<T>): Promise<T> {
  if (launchesInFlight === 0) savedTmpdir = process.env.TMPDIR;
  launchesInFlight += 1;
  process.env.TMPDIR = path;
  try {
    return await launch();
  } finally {
    launchesInFlight -= 1;
    if (launchesInFlight === 0) {
      if (savedTmpdir === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = savedTmpdir;
    }
  }
}

/** Removes the folders of dead processes. What cannot be examined is kept. */
async function removeAbandonedFolders(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const folders = names.filter((name) => name.startsWith(BROWSER_FOLDER_PREFIX));
  await Promise.all(
    folders.map(async (name) => {
      const path = join(parent, name);
      if (!(await isOwn(path)) || !(await isAbandoned(path))) return;
      await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
    }),
  );
}

/**
 * Every user can write to the temporary folder, so somebody else may have created a link or folder
 * there.
 */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid);
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(path, ALIVE));
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    // ECONNREFUSED: the socket file exists, but no process listens. ENOENT: an earlier removal
    // stopped halfway.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT');
    });
  });
}
