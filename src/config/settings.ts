import { resolve } from 'node:path';
import { z } from 'zod';
import { type Setting, settingTable } from './setting-table.js';

type StorageSettings =
  | { kind: 'file' }
  | {
      kind: 's3';
      bucket: string;
      endpoint: string | undefined;
      region: string;
      forcePathStyle: boolean;
      publicUrl: string | undefined;
      checksums: 'when_required' | 'when_supported';
    };

type Table = typeof settingTable;
type SettingName = keyof Table;

/** Each setting under its own name, as its entry says. */
type Named = {
  [N in SettingName as Table[N] extends { as: infer A extends string } ? A : never]: z.infer<
    Table[N]['schema']
  >;
};

/** What the table says, and what follows from several of its entries. */
export interface Settings extends Named {
  /** Without a slash at the end. */
  publicUrl: string;
  storage: StorageSettings;
}

type Environment = Record<string, string | undefined>;

/** The variables by name. */
export const environmentSchema = z.object(
  Object.fromEntries(Object.entries(settingTable).map(([name, { schema }]) => [name, schema])) as {
    [N in SettingName]: Table[N]['schema'];
  },
);

/** Every wrong setting at once, by name, with what was expected. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(`Wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** The level to log with before the settings are read; a wrong one is reported by `loadSettings`. */
export function logLevelOf(env: Environment, fallback: Settings['logLevel']): Settings['logLevel'] {
  const parsed = environmentSchema.shape.LOG_LEVEL.safeParse(env.LOG_LEVEL || fallback);
  return parsed.success ? parsed.data : fallback;
}

/** An empty variable counts as unset, as compose files and CI systems write it. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, v]) => v !== undefined && v !== ''));
}

type Parsed = z.infer<typeof environmentSchema>;

/** What is missing beside other settings; looked for even where those do not all make sense. */
function missingSettings(env: Environment): string[] {
  const problems: string[] = [];
  if (env.STORAGE === 's3' && !env.S3_BUCKET) {
    problems.push('S3_BUCKET: expected a bucket name, because STORAGE is s3');
  }
  if (env.CARDPRESS_ROLE === 'api' && !env.REDIS_URL) {
    problems.push('REDIS_URL: expected an address, because the workers are other processes');
  }
  // HEALTH_PORT is a worker's: the default of one that is not set says nothing of the API.
  for (const [name, port] of [
    ['PORT', env.PORT || '3000'],
    ['HEALTH_PORT', env.HEALTH_PORT],
  ]) {
    if (env.METRICS_PORT && env.METRICS_PORT === port) {
      problems.push(`METRICS_PORT: expected another port than ${name}, or none for the same one`);
    }
  }
  return problems;
}

function storageOf(env: Parsed): StorageSettings {
  switch (env.STORAGE) {
    case 'file':
      return { kind: 'file' };
    case 's3':
      return {
        kind: 's3',
        bucket: env.S3_BUCKET ?? '',
        endpoint: env.S3_ENDPOINT,
        region: env.S3_REGION,
        forcePathStyle: env.S3_FORCE_PATH_STYLE,
        publicUrl: env.S3_PUBLIC_URL,
        checksums: env.S3_CHECKSUMS,
      };
  }
}

/** Names of the settings that say where images are stored. */
export const STORAGE_SETTINGS = /^(STORAGE|S3_.*|DATA_DIR)$/;

/** @throws SettingsError that lists everything that is wrong */
export function loadSettings(env: Environment): Settings {
  const parsed = environmentSchema.safeParse(withoutEmpty(env));
  const issues = parsed.error?.issues ?? [];
  const problems = [
    ...issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...missingSettings(env),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  const e = parsed.data;
  const named = Object.entries<Setting>(settingTable).flatMap(([name, { as }]) =>
    as === undefined ? [] : [[as, e[name as SettingName]]],
  );
  return {
    ...(Object.fromEntries(named) as Named),
    publicUrl: e.PUBLIC_URL ?? `http://localhost:${e.PORT}`,
    dataDir: resolve(e.DATA_DIR),
    templatesDir: resolve(e.TEMPLATES_DIR),
    storage: storageOf(e),
  };
}
