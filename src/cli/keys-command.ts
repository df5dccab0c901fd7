import { loadSettings } from '../config/settings.js';
import type { ApiKey } from '../keys/key-service.js';
import { defineCommand, type ExitCode, type Io, write } from './command.js';
import { readAction } from './read-action.js';
import { textTable } from './text-table.js';

type Keys = Awaited<ReturnType<typeof import('../compose/records.js').composeKeyManagement>>;

interface Call {
  argument: string;
  json: boolean;
  io: Io;
}

/** As the API shows it; never the hash. */
function present({ id, name, prefix, scopes, createdAt, lastUsedAt }: ApiKey) {
  return { id, name, prefix, scopes, created_at: createdAt, last_used_at: lastUsedAt ?? null };
}

function writeJson(io: Io, value: unknown): Promise<void> {
  return write(io.stdout, `${JSON.stringify(value, null, 2)}\n`);
}

async function create(keys: Keys, { argument, json, io }: Call): Promise<ExitCode> {
  const { key, apiKey } = await keys.create(argument);
  if (json) {
    await writeJson(io, { ...present(apiKey), key });
    return 0;
  }
  // The key alone on stdout: KEY=$(cardpress keys create ci)
  await write(io.stderr, `Key "${apiKey.name}" (${apiKey.id}). It is shown this once only:\n`);
  await write(io.stdout, `${key}\n`);
  return 0;
}

async function list(keys: Keys, { json, io }: Call): Promise<ExitCode> {
  const found = await keys.list();
  if (json) {
    await writeJson(io, found.map(present));
    return 0;
  }
  if (found.length === 0) {
    await write(io.stderr, 'No keys but the one of the settings. Make one: keys create <name>\n');
    return 0;
  }
  const minute = (time: string | undefined) => time?.slice(0, 16).replace('T', ' ') ?? 'never';
  const rows = found.map((key) => [
    key.id,
    key.name,
    `${key.prefix}…`,
    minute(key.createdAt),
    minute(key.lastUsedAt),
  ]);
  await write(io.stdout, textTable([['ID', 'NAME', 'KEY', 'CREATED (UTC)', 'LAST USED'], ...rows]));
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

const QUOTES_HINT = ' A name with spaces goes in quotes.';

export const keysCommand = defineCommand({
  name: 'keys',
  summary: 'make, list and revoke API keys',
  usage: ['keys create <name>', 'keys list', 'keys revoke <id>'],
  description: [
    'Works on the Redis of the settings: REDIS_URL, else the embedded one of DATA_DIR, also while the',
    'service runs. A key is shown once, at its creation; what is kept is a hash of it. A revoked key is',
    'refused from the next request on. The key of the settings (API_KEY) is not in the list.',
  ].join('\n'),
  options: { json: { type: 'boolean', doc: 'print JSON' } },
  examples: [
    { line: "keys create 'build server'", does: 'A key; stdout holds nothing else' },
    { line: 'keys list', does: 'Who has one, and when it was last used' },
    { line: 'keys revoke key_0123456789abcdef', does: 'By the id of the list' },
  ],

  async run({ positionals, values }, io): Promise<ExitCode> {
    const { run, argument } = readAction('keys', actions, positionals, QUOTES_HINT);
    const settings = loadSettings(io.env);
    const { composeKeyManagement, visitRedis } = await import('../compose/records.js');
    const redis = await visitRedis(settings);
    try {
      const keys = await composeKeyManagement(redis.url);
      try {
        return await run(keys, { argument, json: values.json, io });
      } finally {
        keys.close();
      }
    } finally {
      await redis.stop();
    }
  },
});
