import { join } from 'node:path';
import { z } from 'zod';
import { defaultPages } from './machine.js';
import { packageInfo } from './package-info.js';
import {
  count,
  egressRules,
  flag,
  networks,
  oneOf,
  redisAddress,
  secret,
  urlSigningKeys,
  webAddress,
  webhookSecrets,
} from './setting-kinds.js';

export interface Setting {
  /** Its name in `Settings`; absent where it is part of a larger one there. */
  as?: string;
  /** What is accepted, and the default. */
  schema: z.ZodType;
  /** The default differs from machine to machine, so that documentation does not show it. */
  isDefaultOfMachine?: true;
  /** For docs/settings.md and whoever reads `Settings`. */
  doc: string;
}

/** Every setting: a further one is one entry here. docs/settings.md shows this table. */
export const settingTable = {
  HOST: {
    as: 'host',
    schema: z.string().default('0.0.0.0'),
    doc: 'Address to listen on.',
  },
  PORT: {
    as: 'port',
    schema: count(1, 65_535).default(3000),
    doc: 'Port to listen on.',
  },
  METRICS_PORT: {
    as: 'metricsPort',
    schema: count(1, 65_535).optional(),
    doc: 'Port for `/metrics` alone, of the API and of workers; it is on no other port then. Unset: on `PORT`, and on the `HEALTH_PORT` of workers.',
  },
  PUBLIC_URL: {
    schema: webAddress.optional(),
    doc: 'Where the outside world reaches the API; stands in every address that is given out. Default: `http://localhost:PORT`.',
  },
  DATA_DIR: {
    as: 'dataDir',
    schema: z.string().default('data'),
    doc: 'Pictures (with `STORAGE=file`), the embedded Redis, and generated secrets.',
  },
  TEMPLATES_DIR: {
    as: 'templatesDir',
    schema: z.string().default(join(packageInfo.root, 'templates')),
    isDefaultOfMachine: true,
    doc: 'One folder per template. Changes are picked up within seconds.',
  },
  REDIS_URL: {
    as: 'redisUrl',
    schema: redisAddress.optional(),
    doc: '`redis://host:port`, `rediss://…` or `unix:///path` (with a password: `unix://:password@/path`). Unset: a `redis-server` child process with an append-only file, a password and a private socket under `DATA_DIR`.',
  },
  STORAGE: {
    schema: oneOf(['file', 's3']).default('file'),
    doc: 'Where pictures are kept: `file` or `s3`.',
  },
  S3_BUCKET: {
    schema: z.string().optional(),
    doc: 'Required with `STORAGE=s3`.',
  },
  S3_ENDPOINT: {
    schema: webAddress.optional(),
    doc: 'Of an S3-compatible store; unset for AWS.',
  },
  S3_REGION: {
    schema: z.string().default('us-east-1'),
    doc: 'Region of the bucket.',
  },
  S3_FORCE_PATH_STYLE: {
    schema: flag.default(false),
    doc: '`true` for stores that do not serve buckets as host names.',
  },
  S3_PUBLIC_URL: {
    schema: webAddress.optional(),
    doc: 'Base of the public addresses: a CDN, or the public address of the bucket.',
  },
  S3_CHECKSUMS: {
    schema: oneOf(['when_required', 'when_supported']).default('when_required'),
    doc: '`when_required` suits every store; `when_supported` adds checksums on AWS.',
  },
  API_KEY: {
    as: 'apiKey',
    schema: secret.optional(),
    doc: 'Always valid. Unset: made once, kept under `DATA_DIR/secrets`, mode 0600.',
  },
  SIGNING_SECRET: {
    as: 'signingSecret',
    schema: secret.optional(),
    doc: 'Names images, so that addresses cannot be guessed. Unset: made once and kept like `API_KEY`. Changing it gives every image a new address.',
  },
  WEBHOOK_SECRET: {
    as: 'webhookSecrets',
    schema: webhookSecrets.optional(),
    doc: 'Signs webhooks: `whsec_` and base64 as Standard Webhooks has it, or plain text. Several, separated by commas, newest first, all sign. Unset: made once and kept like `API_KEY`.',
  },
  WEBHOOK_RETENTION_DAYS: {
    as: 'webhookRetentionDays',
    // The schedule of one delivery takes more than a day.
    schema: count(2, 365).default(30),
    doc: 'How long deliveries stay on record, in Redis; 100,000 at most, the oldest go first.',
  },
  BATCH_MAX_ROWS: {
    as: 'batchMaxRows',
    schema: count(1, 1_000_000).default(100_000),
    doc: 'Rows that one batch may have.',
  },
  BATCH_RETENTION_DAYS: {
    as: 'batchRetentionDays',
    schema: count(1, 3_650).default(30),
    doc: 'How long a batch is kept after its end: its rows, how they ended, and its results. Pictures stay.',
  },
  CHROMIUM_PATH: {
    as: 'chromiumPath',
    schema: z.string().optional(),
    doc: 'The Chromium to use. Unset: what set-up finds.',
  },
  CHROMIUM_SANDBOX: {
    as: 'chromiumSandbox',
    schema: oneOf(['auto', 'on', 'off']).default('auto'),
    doc: '`auto` uses the sandbox except for root; `on` insists; `off` goes without.',
  },
  RENDER_CONCURRENCY: {
    as: 'renderConcurrency',
    schema: count(1, 64).default(defaultPages()),
    isDefaultOfMachine: true,
    doc: 'Pages that draw at once. Default: 1.5 for each core, as far as memory goes (100 MB each).',
  },
  RENDER_TIMEOUT_MS: {
    as: 'renderTimeoutMs',
    schema: count(500, 120_000).default(15_000),
    doc: 'For one picture in the browser.',
  },
  QUEUE_LIMIT: {
    as: 'queueLimit',
    schema: count(1, 1_000_000).default(10_000),
    doc: 'Renders that may wait; above it the API answers 429.',
  },
  QUEUE_BOARD: {
    as: 'queueBoard',
    schema: oneOf(['read-only', 'full']).default('read-only'),
    doc: '`read-only`: `/admin/queues` shows the queues. `full`: jobs can be retried, removed and paused there too; a failed image that is retried is drawn anew.',
  },
  DYNAMIC_BUDGET_MS: {
    as: 'dynamicBudgetMs',
    schema: count(100, 30_000).default(2_500),
    doc: 'How long a request for `/i`, `/l` or `/p` waits for its picture before another one stands in; the drawing goes on.',
  },
  URL_SIGNING_KEY: {
    as: 'urlSigningKeys',
    schema: urlSigningKeys.optional(),
    doc: 'Signs the addresses below `/i`: 64 hex digits. Several, separated by commas, newest first: the first signs, all are accepted. Unset: one that follows from `SIGNING_SECRET`; `cardpress url --key` shows it.',
  },
  EGRESS_ALLOW: {
    as: 'egressAllow',
    schema: egressRules.default([]),
    doc: 'Hosts, addresses or networks, each with an optional port, separated by commas, that pictures and pages may be fetched from, and webhooks sent to, although they are private or addresses of this machine (a site beside Cardpress: `www.example.com:443`). Example: `minio:9000,10.1.0.0/16`.',
  },
  TRUSTED_PROXIES: {
    as: 'trustedProxies',
    schema: networks.default([]),
    doc: 'Addresses and networks of the proxies in front, separated by commas: their `X-Forwarded-For` tells whom a request is counted for (wrong API keys, new pictures of links). Unset: nobody is believed, and readers behind a proxy of a private address cannot be told apart. Example: `127.0.0.1,10.1.0.0/16`.',
  },
  SHARED_NETWORKS: {
    as: 'sharedNetworks',
    schema: networks.default([]),
    doc: 'Addresses and networks from which many readers of links come, separated by commas, such as an office or a mail gateway. The image proxies of Gmail, Apple Mail and Outlook are known.',
  },
  LOG_LEVEL: {
    as: 'logLevel',
    schema: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    doc: '`trace` to `fatal`, or `silent`. Logs are JSON lines without field values; on a terminal warnings alone are shown unless it is set.',
  },
  CARDPRESS_ROLE: {
    as: 'role',
    schema: oneOf(['all', 'api']).default('all'),
    doc: '`all`: API and render worker in one process. `api`: the API alone.',
  },
  CARDPRESS_REDIS_SERVER: {
    as: 'redisServerPath',
    schema: z.string().default('redis-server'),
    doc: 'The `redis-server` program for the embedded Redis.',
  },
  HEALTH_PORT: {
    as: 'healthPort',
    schema: count(0, 65_535).default(3001),
    doc: "Port of a worker's `/healthz`, `/readyz` and, without `METRICS_PORT`, `/metrics`.",
  },
} as const satisfies Record<string, Setting>;
