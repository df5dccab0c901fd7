import { environmentSchema } from './settings.js';

/** What each setting means, for docs/settings.md and `cardpress doctor`. */
const settingMeanings: Record<keyof typeof environmentSchema.shape, string> = {
  HOST: 'Address to listen on.',
  PORT: 'Port to listen on.',
  METRICS_PORT:
    'Port for `/metrics` alone, of the API and of workers; it is on no other port then. Unset: on `PORT`, and on the `HEALTH_PORT` of workers.',
  PUBLIC_URL:
    'Where the outside world reaches the API; stands in every address that is given out. Default: `http://localhost:PORT`.',
  DATA_DIR: 'Pictures (with `STORAGE=file`), the embedded Redis, and generated secrets.',
  TEMPLATES_DIR: 'One folder per template. Changes are picked up within seconds.',
  REDIS_URL:
    '`redis://host:port`, `rediss://…` or `unix:///path` (with a password: `unix://:password@/path`). Unset: a `redis-server` child process with an append-only file, a password and a private socket under `DATA_DIR`.',
  STORAGE: 'Where pictures are kept: `file` or `s3`.',
  S3_BUCKET: 'Required with `STORAGE=s3`.',
  S3_ENDPOINT: 'Of an S3-compatible store; unset for AWS.',
  S3_REGION: 'Region of the bucket.',
  S3_FORCE_PATH_STYLE: '`true` for stores that do not serve buckets as host names.',
  S3_PUBLIC_URL: 'Base of the public addresses: a CDN, or the public address of the bucket.',
  S3_CHECKSUMS: '`when_required` suits every store; `when_supported` adds checksums on AWS.',
  API_KEY: 'Always valid. Unset: made once, kept under `DATA_DIR/secrets`, mode 0600.',
  SIGNING_SECRET:
    'Names images, so that addresses cannot be guessed. Unset: made once and kept like `API_KEY`. Changing it gives every image a new address.',
  WEBHOOK_SECRET:
    'Signs webhooks: `whsec_` and base64 as Standard Webhooks has it, or plain text. Several, separated by commas, newest first, all sign. Unset: made once and kept like `API_KEY`.',
  WEBHOOK_RETENTION_DAYS:
    'How long deliveries stay on record, in Redis; 100,000 at most, the oldest go first.',
  BATCH_MAX_ROWS: 'Rows that one batch may have.',
  BATCH_RETENTION_DAYS:
    'How long a batch is kept after its end: its rows, how they ended, and its results. Pictures stay.',
  CHROMIUM_PATH: 'The Chromium to use. Unset: what set-up finds.',
  CHROMIUM_SANDBOX: '`auto` uses the sandbox except for root; `on` insists; `off` goes without.',
  RENDER_CONCURRENCY:
    'Pages that draw at once. Default: 1.5 for each core, as far as memory goes (100 MB each).',
  RENDER_TIMEOUT_MS: 'For one picture in the browser.',
  QUEUE_LIMIT: 'Renders that may wait; above it the API answers 429.',
  QUEUE_BOARD:
    '`read-only`: `/admin/queues` shows the queues. `full`: jobs can be retried, removed and paused there too; a failed image that is retried is drawn anew.',
  DYNAMIC_BUDGET_MS:
    'How long a request for `/i`, `/l` or `/p` waits for its picture before another one stands in; the drawing goes on.',
  URL_SIGNING_KEY:
    'Signs the addresses below `/i`: 64 hex digits. Several, separated by commas, newest first: the first signs, all are accepted. Unset: one that follows from `SIGNING_SECRET`; `cardpress url --key` shows it.',
  EGRESS_ALLOW:
    'Hosts, addresses or networks, each with an optional port, separated by commas, that pictures and pages may be fetched from, and webhooks sent to, although they are private or addresses of this machine (a site beside Cardpress: `www.example.com:443`). Example: `minio:9000,10.1.0.0/16`.',
  TRUSTED_PROXIES:
    'Addresses and networks of the proxies in front, separated by commas: their `X-Forwarded-For` tells whom a request is counted for (wrong API keys, new pictures of links). Unset: nobody is believed, and readers behind a proxy of a private address cannot be told apart. Example: `127.0.0.1,10.1.0.0/16`.',
  SHARED_NETWORKS:
    'Addresses and networks from which many readers of links come, separated by commas, such as an office or a mail gateway. The image proxies of Gmail, Apple Mail and Outlook are known.',
  LOG_LEVEL:
    '`trace` to `fatal`, or `silent`. Logs are JSON lines without field values; on a terminal warnings alone are shown unless it is set.',
  CARDPRESS_ROLE: '`all`: API and render worker in one process. `api`: the API alone.',
  CARDPRESS_REDIS_SERVER: 'The `redis-server` program for the embedded Redis.',
  HEALTH_PORT: "Port of a worker's `/healthz`, `/readyz` and, without `METRICS_PORT`, `/metrics`.",
};

/** The table of docs/settings.md. */
export function settingsTable(): string {
  const rows = Object.entries(settingMeanings).map(([name, meaning]) => {
    const parsed = environmentSchema.shape[name as keyof typeof environmentSchema.shape];
    const fallback = parsed.safeParse(undefined);
    const value = fallback.success ? fallback.data : undefined;
    const shown =
      value === undefined || name === 'TEMPLATES_DIR' || name === 'RENDER_CONCURRENCY'
        ? ''
        : Array.isArray(value)
          ? ''
          : `\`${value}\``;
    return `| \`${name}\` | ${shown} | ${meaning} |`;
  });
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
