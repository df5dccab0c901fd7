import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { withDeadline } from '../../src/lib/deadline.js';
import { MissingServiceError } from './require-service.js';

const PACKAGES = 'swift-proxy swift-account swift-container swift-object';
const LAUNCHER = join(dirname(fileURLToPath(import.meta.url)), 'swift-server.py');
/** Debian's own interpreter: its packages are invisible to any other that comes first in PATH. */
const PYTHON = '/usr/bin/python3';
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;

export interface SwiftServer {
  /** Path-style S3 endpoint on loopback: `http://127.0.0.1:<port>`. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  /** New at every start; signatures are verified against it. */
  secretAccessKey: string;
  /** What Swift wrote to its log so far, for a test that has to explain itself. */
  log(): Promise<string>;
  createBucket(name: string): Promise<void>;
  /** Ends the process and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

type Announcement = { port?: number; missing?: string; unusable_folder?: string };

/**
 * Starts a private OpenStack Swift with its S3 interface, which verifies AWS signatures (v4).
 * Ready in under a second; needs Debian's packages (`PACKAGES`), no root, no service, no memcache.
 * Not offered by Swift: aws-chunked uploads, DeleteObjects, If-None-Match.
 * @throws Error in one line where the packages are missing or no folder keeps extended attributes
 */
export async function startSwift(): Promise<SwiftServer> {
  for (const parent of [tmpdir(), '/var/tmp', process.cwd()]) {
    const folder = await mkdtemp(join(parent, '.cardpress-swift-')).catch(() => undefined);
    if (folder === undefined) continue;
    const server = await startIn(folder);
    if (server) return server;
  }
  throw new Error(
    `Swift needs a folder with extended attributes (user.*): set TMPDIR to one on ext4, xfs or btrfs`,
  );
}

/** Undefined where the folder's file system cannot hold Swift's metadata. */
async function startIn(folder: string): Promise<SwiftServer | undefined> {
  const settings = {
    region: 'eu-north-1',
    account: 'cardpress',
    user: 'tester',
    secret: randomBytes(16).toString('hex'),
  };
  const errorLog = await open(join(folder, 'stderr.log'), 'w');
  const child = spawn(PYTHON, [LAUNCHER, folder], {
    detached: true, // its own group, so that stop reaches whatever it may have started
    stdio: ['pipe', 'pipe', errorLog.fd],
    env: { PATH: '/usr/bin:/bin', SWIFT_SETTINGS: JSON.stringify(settings) },
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const log = async () => {
    const files = ['stderr.log', 'swift.log'].map((name) =>
      readFile(join(folder, name), 'utf8').catch(() => ''),
    );
    return (await Promise.all(files)).join('\n').trim();
  };
  const stop = () => end(child, exited, folder);

  try {
    const announced = await announcement(child, exited);
    if (announced?.missing !== undefined || (announced === undefined && child.pid === undefined)) {
      throw new MissingServiceError(`no Swift: apt-get install -y ${PACKAGES}; "npm test" does it`);
    }
    if (announced?.unusable_folder !== undefined) {
      await stop();
      return undefined;
    }
    if (announced?.port === undefined) {
      throw new Error(`Swift did not start: ${(await log()).slice(-2000) || 'no output'}`);
    }
    const access = {
      endpoint: `http://127.0.0.1:${announced.port}`,
      region: settings.region,
      accessKeyId: `${settings.account}:${settings.user}`,
      secretAccessKey: settings.secret,
    };
    return { ...access, log, stop, createBucket: (name) => createBucket(access, name) };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await errorLog.close();
  }
}

/** The launcher's one line, or undefined where it ended without one. */
async function announcement(
  child: ChildProcess,
  exited: Promise<void>,
): Promise<Announcement | undefined> {
  if (!child.stdout) return undefined;
  const lines = createInterface({ input: child.stdout });
  // Closing of the output, not the exit: the last line may still be in the pipe at exit.
  const line = Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    Promise.all([once(lines, 'close'), exited]).then(() => undefined),
  ]);
  const text = await withDeadline(
    line,
    START_TIMEOUT_MS,
    () => new Error(`Swift was not ready within ${START_TIMEOUT_MS} ms`),
  );
  return text === undefined ? undefined : (JSON.parse(text) as Announcement);
}

async function end(child: ChildProcess, exited: Promise<void>, folder: string): Promise<void> {
  child.stdin?.on('error', () => undefined); // already gone
  child.stdin?.end();
  await withDeadline(exited, STOP_TIMEOUT_MS, () => new Error('still running')).catch(async () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await exited;
  });
  await rm(folder, { recursive: true, force: true });
}

async function createBucket(
  access: Pick<SwiftServer, 'endpoint' | 'region' | 'accessKeyId' | 'secretAccessKey'>,
  name: string,
): Promise<void> {
  const { accessKeyId, secretAccessKey, endpoint, region } = access;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } finally {
    client.destroy();
  }
}
