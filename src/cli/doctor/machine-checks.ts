import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageInfo } from '../../config/package-info.js';
import type { Settings } from '../../config/settings.js';
import type { Finding } from './finding.js';

/** What package.json's "engines" asks for. */
const MINIMUM_NODE = [20, 19] as const;

const GIGABYTE = 1e9;
/** A thousand pictures take about 0.2 GB; Redis rewrites its file into a second one. */
const LOW_BYTES = 2 * GIGABYTE;
const TOO_LOW_BYTES = 0.2 * GIGABYTE;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM_NODE;
  const good = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (good) return { check: 'Node', status: 'ok', detail: version };
  const remedy = `Install Node ${MINIMUM_NODE.join('.')} or newer: https://nodejs.org/`;
  return { check: 'Node', status: 'failed', detail: version, remedy };
}

/** Which versions the container image was built with; nothing where this is none. */
export async function checkImage(root = packageInfo.root): Promise<Finding[]> {
  const check = 'image';
  let text: string;
  try {
    text = await readFile(join(root, 'image-versions.json'), 'utf8');
  } catch {
    return [];
  }
  const { chromium, node, redis } = JSON.parse(text) as Record<string, string>;
  const detail = `built with Chromium ${chromium}, Node ${node}, Redis ${redis}`;
  return [{ check, status: 'ok', detail }];
}

export async function checkDataDir({ dataDir }: Settings): Promise<Finding> {
  const check = 'data';
  const probe = join(dataDir, `.doctor-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(probe, 'probe', { mode: 0o600 });
    return { check, status: 'ok', detail: `${dataDir} can be written` };
  } catch (error) {
    const detail = `${dataDir}: ${(error as Error).message}`;
    const remedy = 'Make the folder writable for this user, or set DATA_DIR to another.';
    return { check, status: 'failed', detail, remedy };
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

export async function checkDisk({ dataDir }: Settings): Promise<Finding> {
  const check = 'disk';
  try {
    const { bavail, bsize } = await statfs(dataDir);
    const bytes = bavail * bsize;
    const detail = `${(bytes / GIGABYTE).toFixed(1)} GB free for ${dataDir}`;
    const remedy = 'Free some space, or set DATA_DIR to a larger disk.';
    if (bytes < TOO_LOW_BYTES) return { check, status: 'failed', detail, remedy };
    if (bytes < LOW_BYTES) return { check, status: 'warning', detail, remedy };
    return { check, status: 'ok', detail };
  } catch (error) {
    return { check, status: 'skipped', detail: (error as Error).message };
  }
}
