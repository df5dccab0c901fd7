import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Where the socket of the embedded Redis lies. Whoever can put a socket there is taken for our
 * Redis and is told everything, so nobody else may: a folder that is ours alone, looked at before
 * every use.
 */

/** `sun_path` holds 108 bytes on Linux and 104 on macOS and BSD, the zero at its end included. */
const MAX_SOCKET_PATH_BYTES = 103;
const FOLDER = 'socket';
const SOCKET = 'redis.sock';
/** Holds the path of the folder elsewhere, where one below the data folder does not do. */
const POINTER = 'socket-folder';
/** Write permission of group and others; all that they could have. */
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

const ownUid = () => process.getuid?.() ?? 0;

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** @throws Error that names the folder and the remedy, unless it is ours alone */
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

/** File systems of other machines may know no sockets, and mounts with fixed modes no privacy. */
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

/** Whether nobody else can rename what lies in the folder; our own is closed to others first. */
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
    // Folders for temporary files are emptied with every start of a machine.
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
  // mkdtemp makes it with mode 0700 and a name that nobody has.
  const made = await mkdtemp(join(tmpdir(), 'cardpress-'));
  await rm(join(directory, POINTER), { force: true });
  await writeFile(join(directory, POINTER), `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}

/**
 * The path of the socket for the Redis in `directory`, in a folder that is ours alone: below it, or
 * where that path is too long or cannot hold a private socket, among the temporary files. Within
 * the start lock.
 * @throws Error that names what is in the way and the remedy
 */
export async function prepareSocket(directory: string): Promise<string> {
  const folder =
    (await readPointer(directory)) === undefined ? await folderBelow(directory) : undefined;
  const socket = join(folder ?? (await folderElsewhere(directory)), SOCKET);
  await assertOwnSocket(socket);
  return socket;
}

/** @throws Error where something lies there that is no socket of ours; nothing at all is fine */
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

/** Whether it is a socket that this user made and nobody else may use. Follows no link. */
export async function isOwnSocket(socket: string): Promise<boolean> {
  try {
    const found = await lstat(socket);
    return found.isSocket() && found.uid === ownUid() && (found.mode & OPEN_TO_OTHERS) === 0;
  } catch {
    return false;
  }
}
