import { spawnSync } from 'node:child_process';
import { openTemporaryRedis } from '../../compose/records.js';
import { describeSettings } from '../../config/describe-settings.js';
import type { Settings } from '../../config/settings.js';
import { AppError } from '../../errors/app-error.js';
import { type RedisFacts, readRedisFacts } from '../../records/redis-facts.js';
import type { Finding } from './finding.js';

/** BullMQ's own minimum. */
const MINIMUM_VERSION = [6, 2] as const;
const CONNECT_TIMEOUT_MS = 5_000;

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM_VERSION;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function judge(facts: RedisFacts, where: string): Finding[] {
  const check = 'Redis';
  const { version, maxmemoryPolicy, appendOnly } = facts;
  const findings: Finding[] = [];
  const detail = `${version}, ${where}`;
  if (isNewEnough(version)) findings.push({ check, status: 'ok', detail });
  else {
    const remedy = `Use Redis ${MINIMUM_VERSION.join('.')} or newer, or Valkey.`;
    findings.push({ check, status: 'failed', detail, remedy });
  }
  if (maxmemoryPolicy !== '' && maxmemoryPolicy !== 'noeviction') {
    findings.push({
      check,
      status: 'failed',
      detail: `maxmemory-policy is ${maxmemoryPolicy}: jobs may be thrown away when memory is short`,
      remedy: 'Set maxmemory-policy noeviction in redis.conf.',
    });
  }
  if (!appendOnly) {
    findings.push({
      check,
      status: 'warning',
      detail: 'appendonly is off: a restart of Redis loses the jobs that wait',
      remedy: 'Set appendonly yes in redis.conf. Pictures are safe; reindex finds them again.',
    });
  }
  return findings;
}

/** Undefined where the program is there. */
function missingBinary({ redisServerPath: path }: Settings): Finding | undefined {
  const { error } = spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 10_000 });
  if (!error) return undefined;
  return {
    check: 'Redis',
    status: 'failed',
    detail: `${path} cannot be run: ${error.message}`,
    remedy: 'Install redis-server 6.2 or newer, or set REDIS_URL.',
  };
}

/** The Redis of the settings answers and is set up for a queue. */
export async function checkRedis(settings: Settings): Promise<Finding[]> {
  const embedded = settings.redisUrl === undefined;
  const missing = embedded ? missingBinary(settings) : undefined;
  if (missing) return [missing];
  const [address] = describeSettings({ REDIS_URL: settings.redisUrl }).filter(
    ({ name }) => name === 'REDIS_URL',
  );
  const where = embedded ? `embedded (${settings.redisServerPath})` : (address?.value ?? '');
  try {
    const redis = await openTemporaryRedis(settings);
    try {
      return judge(await readRedisFacts(redis.url, CONNECT_TIMEOUT_MS), where);
    } finally {
      await redis.stop();
    }
  } catch (error) {
    const said = error instanceof AppError ? error.detail : (error as Error).message;
    const remedy = embedded
      ? 'Look at what it says, or set REDIS_URL to a Redis of your own.'
      : 'Check REDIS_URL: host, port, password, and rediss:// where TLS is asked for.';
    return [{ check: 'Redis', status: 'failed', detail: `${where}: ${said}`, remedy }];
  }
}
