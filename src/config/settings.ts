import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseHttpUrl } from '../lib/parse-url.js';
import { type EgressRule, parseEgressRule } from './egress-rule.js';
import { defaultPages } from './machine.js';
import { type Network, parseNetworks } from './network-list.js';
import { packageInfo } from './package-info.js';
import { parseWebhookSecrets } from './secrets.js';

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

export interface Settings {
  /** `all`: API and workers in one process; `api`: the API alone. */
  role: 'all' | 'api';
  host: string;
  port: number;
  /** For `/metrics` alone. Absent: it is on the port of the process's other addresses. */
  metricsPort: number | undefined;
  /** Where the outside world reaches the API, without a slash at the end. */
  publicUrl: string;
  dataDir: string;
  templatesDir: string;
  /** Absent: a redis-server of our own, as a child process. */
  redisUrl: string | undefined;
  redisServerPath: string;
  storage: StorageSettings;
  apiKey: string | undefined;
  signingSecret: string | undefined;
  /** Newest first; each signs. */
  webhookSecrets: string[] | undefined;
  webhookRetentionDays: number;
  /** Rows that one batch may have. */
  batchMaxRows: number;
  batchRetentionDays: number;
  chromiumPath: string | undefined;
  chromiumSandbox: 'auto' | 'on' | 'off';
  /** Pages that render at once. */
  renderConcurrency: number;
  renderTimeoutMs: number;
  queueLimit: number;
  /** What may be done on `/admin/queues`. */
  queueBoard: 'read-only' | 'full';
  /** For one picture at an address that never breaks, before another stands in. */
  dynamicBudgetMs: number;
  /** 32 bytes each as hex, newest first. Absent: one that follows from the signing secret. */
  urlSigningKeys: string[] | undefined;
  egressAllow: EgressRule[];
  /** Whose X-Forwarded-For is believed. */
  trustedProxies: Network[];
  /** From which many readers come, beside the mail proxies that are known. */
  sharedNetworks: Network[];
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Port of a worker's own health and metrics. */
  healthPort: number;
}

type Environment = Record<string, string | undefined>;

const secret = z.string().min(16, 'expected at least 16 characters');
const count = (min: number, max: number) =>
  z.coerce
    .number(`expected a whole number from ${min} to ${max}`)
    .int(`expected a whole number from ${min} to ${max}`)
    .min(min, `expected a whole number from ${min} to ${max}`)
    .max(max, `expected a whole number from ${min} to ${max}`);

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `expected one of: ${values.join(', ')}`);

const webAddress = z
  .string()
  .refine((text) => parseHttpUrl(text) !== undefined, {
    message: 'expected an address such as https://cards.example.com',
  })
  .transform((text) => text.replace(/\/+$/, ''));

const redisAddress = z
  .string()
  .regex(
    /^(rediss?:\/\/|unix:\/\/([^/@:]*:[^/@]*@)?\/)/,
    'expected redis://host:port, rediss://… or unix:///path',
  );

const flag = z
  .string()
  .refine((text) => /^(true|false|1|0)$/.test(text), { message: 'expected true or false' })
  .transform((text) => text === 'true' || text === '1');

const egressRules = z.string().transform((text, context) => {
  const rules: EgressRule[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    try {
      rules.push(parseEgressRule(entry));
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  }
  return rules;
});

const networks = z.string().transform((text, context) => {
  try {
    return parseNetworks(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const webhookSecrets = z.string().transform((text, context) => {
  try {
    return parseWebhookSecrets(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const urlSigningKeys = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
  .refine((keys) => keys.length <= 5 && keys.every((key) => /^[0-9a-f]{64}$/.test(key)), {
    message: 'expected 1 to 5 keys of 64 hex digits, separated by commas',
  });

/** The variables by name. */
export const environmentSchema = z.object({
  CARDPRESS_ROLE: oneOf(['all', 'api']).default('all'),
  HOST: z.string().default('0.0.0.0'),
  PORT: count(1, 65_535).default(3000),
  METRICS_PORT: count(1, 65_535).optional(),
  PUBLIC_URL: webAddress.optional(),
  DATA_DIR: z.string().default('data'),
  TEMPLATES_DIR: z.string().default(join(packageInfo.root, 'templates')),
  REDIS_URL: redisAddress.optional(),
  CARDPRESS_REDIS_SERVER: z.string().default('redis-server'),
  STORAGE: oneOf(['file', 's3']).default('file'),
  S3_BUCKET: z.string().optional(),
  S3_ENDPOINT: webAddress.optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_FORCE_PATH_STYLE: flag.default(false),
  S3_PUBLIC_URL: webAddress.optional(),
  S3_CHECKSUMS: oneOf(['when_required', 'when_supported']).default('when_required'),
  API_KEY: secret.optional(),
  SIGNING_SECRET: secret.optional(),
  WEBHOOK_SECRET: webhookSecrets.optional(),
  // The schedule of one delivery takes more than a day.
  WEBHOOK_RETENTION_DAYS: count(2, 365).default(30),
  BATCH_MAX_ROWS: count(1, 1_000_000).default(100_000),
  BATCH_RETENTION_DAYS: count(1, 3_650).default(30),
  CHROMIUM_PATH: z.string().optional(),
  CHROMIUM_SANDBOX: oneOf(['auto', 'on', 'off']).default('auto'),
  RENDER_CONCURRENCY: count(1, 64).default(defaultPages()),
  RENDER_TIMEOUT_MS: count(500, 120_000).default(15_000),
  QUEUE_LIMIT: count(1, 1_000_000).default(10_000),
  QUEUE_BOARD: oneOf(['read-only', 'full']).default('read-only'),
  DYNAMIC_BUDGET_MS: count(100, 30_000).default(2_500),
  URL_SIGNING_KEY: urlSigningKeys.optional(),
  EGRESS_ALLOW: egressRules.default([]),
  TRUSTED_PROXIES: networks.default([]),
  SHARED_NETWORKS: networks.default([]),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HEALTH_PORT: count(0, 65_535).default(3001),
});

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
  if (env.STORAGE === 'file') return { kind: 'file' };
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
  return {
    role: e.CARDPRESS_ROLE,
    host: e.HOST,
    port: e.PORT,
    metricsPort: e.METRICS_PORT,
    publicUrl: e.PUBLIC_URL ?? `http://localhost:${e.PORT}`,
    dataDir: resolve(e.DATA_DIR),
    templatesDir: resolve(e.TEMPLATES_DIR),
    redisUrl: e.REDIS_URL,
    redisServerPath: e.CARDPRESS_REDIS_SERVER,
    storage: storageOf(e),
    apiKey: e.API_KEY,
    signingSecret: e.SIGNING_SECRET,
    webhookSecrets: e.WEBHOOK_SECRET,
    webhookRetentionDays: e.WEBHOOK_RETENTION_DAYS,
    batchMaxRows: e.BATCH_MAX_ROWS,
    batchRetentionDays: e.BATCH_RETENTION_DAYS,
    chromiumPath: e.CHROMIUM_PATH,
    chromiumSandbox: e.CHROMIUM_SANDBOX,
    renderConcurrency: e.RENDER_CONCURRENCY,
    renderTimeoutMs: e.RENDER_TIMEOUT_MS,
    queueLimit: e.QUEUE_LIMIT,
    queueBoard: e.QUEUE_BOARD,
    dynamicBudgetMs: e.DYNAMIC_BUDGET_MS,
    urlSigningKeys: e.URL_SIGNING_KEY,
    egressAllow: e.EGRESS_ALLOW,
    trustedProxies: e.TRUSTED_PROXIES,
    sharedNetworks: e.SHARED_NETWORKS,
    logLevel: e.LOG_LEVEL,
    healthPort: e.HEALTH_PORT,
  };
}
