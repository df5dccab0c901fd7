import { loadSettings } from '../config/settings.js';
import { presentKey } from '../http/presenters/present-key.js';
import type { ApiKey, RateLimit } from '../keys/api-key.js';
import type { KeyOptions } from '../keys/new-key.js';
import { SCOPES } from '../keys/scope.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { readAction } from './read-action.js';
import { textTable } from './text-table.js';

type Keys = Awaited<ReturnType<typeof import('../compose/records.js').composeKeyManagement>>;

interface Call {
  argument: string;
  options: KeyOptions;
  json: boolean;
  io: Io;
}

function writeJson(io: Io, value: unknown): Promise<void> {
  return write(io.stdout, `${JSON.stringify(value, null, 2)}\n`);
}

async function create(keys: Keys, { argument, options, json, io }: Call): Promise<ExitCode> {
  const { key, apiKey } = await keys.create(argument, options);
  if (json) {
    await writeJson(io, { ...presentKey(apiKey), key });
    return 0;
  }
  // The key alone on stdout: KEY=$(cardpress keys create ci)
  await write(io.stderr, `Key "${apiKey.name}" (${apiKey.id}). It is shown this once only:\n`);
  await write(io.stdout, `${key}\n`);
  return 0;
}

const minute = (time: string | undefined) => time?.slice(0, 16).replace('T', ' ') ?? 'never';

function limitsOf({ rateLimit, dailyQuota }: ApiKey): string {
  const rate = rateLimit && `${rateLimit.requests}/${rateLimit.windowSeconds === 1 ? 's' : 'min'}`;
  const quota = dailyQuota === undefined ? undefined : `${dailyQuota} pictures/day`;
  return [rate, quota].filter(Boolean).join(', ') || 'none';
}

async function list(keys: Keys, { json, io }: Call): Promise<ExitCode> {
  const found = await keys.list();
  if (json) {
    await writeJson(io, found.map(presentKey));
    return 0;
  }
  if (found.length === 0) {
    await write(io.stderr, 'No keys but the one of the settings. Make one: keys create <name>\n');
    return 0;
  }
  const rows = found.map((key) => [
    key.id,
    key.name,
    `${key.prefix}…`,
    key.scopes.join(','),
    limitsOf(key),
    minute(key.createdAt),
    minute(key.lastUsedAt),
    minute(key.expiresAt),
  ]);
  const head = ['ID', 'NAME', 'KEY', 'SCOPES', 'LIMITS', 'CREATED (UTC)', 'LAST USED', 'EXPIRES'];
  await write(io.stdout, textTable([head, ...rows]));
  return 0;
}

async function revoke(keys: Keys, { argument, json, io }: Call): Promise<ExitCode> {
  if (!(await keys.revoke(argument))) {
    throw new Error(`There is no key "${argument}". "cardpress keys list" shows their ids.`);
  }
  if (json) await writeJson(io, { id: argument, revoked: true });
  else await write(io.stdout, `${argument} is revoked: the next request with it is refused.\n`);
  return 0;
}

const actions = {
  create: { run: create, argument: 'name' },
  list: { run: list, argument: undefined },
  revoke: { run: revoke, argument: 'id' },
};

function readCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${option}: expected a whole number from 1 on.`);
}

interface KeyValues {
  scope: string[];
  'per-second': string | undefined;
  'per-minute': string | undefined;
  'daily-quota': string | undefined;
  expires: string | undefined;
}

function readRateLimit(values: KeyValues): RateLimit | undefined {
  const perSecond = readCount('per-second', values['per-second']);
  const perMinute = readCount('per-minute', values['per-minute']);
  if (perSecond !== undefined && perMinute !== undefined) {
    throw new UsageError('--per-second and --per-minute exclude each other.');
  }
  if (perSecond !== undefined) return { requests: perSecond, windowSeconds: 1 };
  return perMinute === undefined ? undefined : { requests: perMinute, windowSeconds: 60 };
}

function readOptions(values: KeyValues): KeyOptions {
  return {
    ...(values.scope.length > 0 ? { scopes: values.scope } : {}),
    rateLimit: readRateLimit(values),
    dailyQuota: readCount('daily-quota', values['daily-quota']),
    expiresAt: values.expires,
  };
}

const QUOTES_HINT = ' A name with spaces goes in quotes.';

export const keysCommand = defineCommand({
  name: 'keys',
  summary: 'make, list and revoke API keys',
  usage: ['keys create <name> [limits]', 'keys list', 'keys revoke <id>'],
  description: [
    'Works on the Redis of the settings: REDIS_URL, else the embedded one of DATA_DIR, also while the',
    'service runs. A key is shown once, at its creation; what is kept is a hash of it. A revoked key is',
    'refused from the next request on. The key of the settings (API_KEY) is not in the list.',
    '',
    'Without options a key may do everything, as often as it likes. docs/keys.md tells what belongs to',
    'which scope, and what counts as a picture.',
  ].join('\n'),
  options: {
    scope: {
      type: 'string',
      value: 's',
      multiple: true,
      doc: `create: ${SCOPES.join(', ')}; may be repeated`,
    },
    'per-second': { type: 'string', value: 'n', doc: 'create: requests a second' },
    'per-minute': { type: 'string', value: 'n', doc: 'create: requests a minute' },
    'daily-quota': { type: 'string', value: 'n', doc: 'create: new pictures a day (UTC)' },
    expires: { type: 'string', value: 'time', doc: 'create: such as 2030-01-31T12:00:00Z' },
    json: { type: 'boolean', doc: 'print JSON' },
  },
  examples: [
    { line: "keys create 'build server'", does: 'A key; stdout holds nothing else' },
    {
      line: 'keys create shop --scope images --per-second 5 --daily-quota 1000',
      does: 'One that is not worth stealing',
    },
    { line: 'keys list', does: 'Who has one, and when it was last used' },
    { line: 'keys revoke key_0123456789abcdef', does: 'By the id of the list' },
  ],

  async run({ positionals, values }, io): Promise<ExitCode> {
    const { run, argument } = readAction('keys', actions, positionals, QUOTES_HINT);
    const options = readOptions(values);
    if (run !== create && Object.values(options).some((value) => value !== undefined)) {
      throw new UsageError('Scopes, limits and --expires go with "keys create".');
    }
    const settings = loadSettings(io.env);
    const { composeKeyManagement, openTemporaryRedis: visitRedis } = await import(
      '../compose/records.js'
    );
    const redis = await visitRedis(settings);
    try {
      const keys = await composeKeyManagement(redis.url);
      try {
        return await run(keys, { argument, options, json: values.json, io });
      } finally {
        keys.close();
      }
    } finally {
      await redis.stop();
    }
  },
});
