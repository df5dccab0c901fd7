import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Location of the embedded Redis' socket. Whoever can create a socket there could pose as our Redis
 * and receive all data. So it is in a folder that only this user can access, and that is checked
 * before every use.
 */

/** `sun_path` holds 108 bytes on Linux and 104 on macOS and BSD, including the final zero. */
const MAX_SOCKET_PATH_BYTES = 103;
const FOLDER = 'socket';
const SOCKET = 'redis.sock';
/** File with the path of the socket's folder, if that cannot be below the data folder. */
const POINTER = 'socket-folder';
/** Write permission of group and others; and all of their permissions. */
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

const ownUid = () => process.getuid?.() ?? 0;

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** @throws Error that names the folder and the remedy, unless only this user can access it */
async function assertPrivateFolder(path: string): Promise<void> {
  const found = await lstat(path);
  const refuse = (why: string) =>
    new Error(
      `${path} holds the socket of the embedded Redis, but ${why}. Delete it, or set REDIS_URL.`,
    );
  if (!found.isDirectory()) throw refuse('is no folder');
  if (found.uid !== ownUid()) {
    throw refuse(
      `belongs to the user with number ${found.uid} and not to ${ownUid()}, who runs this: run it as that user if the folder is yours`,
    );
  }
  if ((found.mode & OPEN_TO_OTHERS) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw refuse(`other users may use it (mode ${mode}): chmod 700 it if you know why`);
  }
}

/** Network file systems may not support sockets, and mounts with fixed modes no privacy. */
async function canHoldSocket(folder: string): Promise<boolean> {
  if (((await lstat(folder)).mode & OPEN_TO_OTHERS) !== 0) return false;
  const server = createServer();
  const path = join(folder, `try-${process.pid}.sock`);
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  await rm(path, { force: true });
  return listens;
}

/**
 * Whether no other user can rename entries of the folder. If it is ours, write access of others is
 * removed first.
 */
async function isClosedToOthers(directory: string): Promise<boolean> {
  const { mode, uid } = await stat(directory);
  if (uid !== ownUid()) return false;
  if ((mode & WRITABLE_BY_OTHERS) === 0) return true;
  await chmod(directory, mode & 0o777 & ~WRITABLE_BY_OTHERS).catch(() => undefined);
  return ((await stat(directory)).mode & WRITABLE_BY_OTHERS) === 0;
}

async function folderBelow(directory: string): Promise<string | undefined> {
  const folder = join(directory, FOLDER);
  if (Buffer.byteLength(join(folder, SOCKET)) > MAX_SOCKET_PATH_BYTES) return undefined;
  if (!(await isClosedToOthers(directory))) return undefined;
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await assertPrivateFolder(folder);
    return folder;
  }
  if (await canHoldSocket(folder)) return folder;
  await rm(folder, { recursive: true });
  return undefined;
}

async function readPointer(directory: string): Promise<string | undefined> {
  try {
    const path = (await readFile(join(directory, POINTER), 'utf8')).trim();
    await lstat(path);
    return path;
  } catch (error) {
    // Temporary folders are emptied when the machine starts.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function folderElsewhere(directory: string): Promise<string> {
  const known = await readPointer(directory);
  if (known !== undefined) {
    await assertPrivateFolder(known);
    return known;
  }
  const longest = Buffer.byteLength(join(tmpdir(), 'cardpress-XXXXXX', SOCKET));
  if (longest > MAX_SOCKET_PATH_BYTES) {
    throw new Error(
      `the paths below ${directory} and ${tmpdir()} are too long for a socket. Set DATA_DIR or TMPDIR to a shorter one.`,
    );
  }
  // mkdtemp creates it with mode 0700 and an unused name.
  const made = await mkdtemp(join(tmpdir(), 'cardpress-'));
  await rm(join(directory, POINTER), { force: true });
  await writeFile(join(directory, POINTER), `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}

/**
 * The path of the socket for the Redis in `directory`, in a private folder: below `directory`, or
 * in the temporary folder if that path is too long or cannot hold a private socket. Call it within
 * the start lock.
 * @throws Error that names the obstacle and the remedy
 */
export async function prepareSocket(directory: string): Promise<string> {
  const folder =
    (await readPointer(directory)) === undefined ? await folderBelow(directory) : undefined;
  const socket = join(folder ?? (await folderElsewhere(directory)), SOCKET);
  await assertOwnSocket(socket);
  return socket;
}

/** @throws Error if something else than a socket of this user is there; absent is fine */
async function assertOwnSocket(socket: string): Promise<void> {
  try {
    const found = await lstat(socket);
    if (found.isSocket() && found.uid === ownUid()) return;
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw new Error(
    `${socket} is not the socket of our own Redis. Find out who made it, and delete it.`,
  );
}

/** Whether it is a socket that this user made and nobody else may use. Does not follow links. */
export async function isOwnSocket(socket: string): Promise<boolean> {
  try {
    const found = await lstat(socket);
    return found.isSocket() && found.uid === ownUid() && (found.mode & OPEN_TO_OTHERS) === 0;
  } catch {
    return false;
  }
}
