import { loadSettings } from '../config/settings.js';
import { presentDelivery, presentDeliverySummary } from '../http/presenters/present-delivery.js';
import { didYouMean } from '../lib/nearest-name.js';
import {
  DELIVERY_STATUSES,
  type DeliveryAttempt,
  type DeliveryStatus,
} from '../webhooks/delivery.js';
import type { WebhookService } from '../webhooks/webhook-service.js';
import { defineCommand, type ExitCode, type Io, UsageError, write } from './command.js';
import { readAction } from './read-action.js';
import { textTable } from './text-table.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

interface Call {
  id: string;
  status: DeliveryStatus | undefined;
  limit: number;
  json: boolean;
  io: Io;
}

const writeJson = (io: Io, value: unknown) =>
  write(io.stdout, `${JSON.stringify(value, null, 2)}\n`);
const second = (time: string | undefined) => time?.slice(0, 19).replace('T', ' ') ?? '';

function outcome(attempt: DeliveryAttempt | undefined): string {
  if (!attempt) return 'not tried yet';
  return attempt.error?.code ?? String(attempt.status);
}

async function list(webhooks: WebhookService, { status, limit, json, io }: Call) {
  const { deliveries } = await webhooks.list({ status, limit });
  if (json) return writeJson(io, deliveries.map(presentDeliverySummary));
  if (deliveries.length === 0) {
    return write(io.stderr, status ? `No deliveries are ${status}.\n` : 'No deliveries yet.\n');
  }
  const rows = deliveries.map((delivery) => [
    delivery.id,
    delivery.type,
    delivery.status,
    String(delivery.attemptCount),
    outcome(delivery.lastAttempt),
    second(delivery.createdAt),
    delivery.endpoint,
  ]);
  const head = ['ID', 'TYPE', 'STATUS', 'ATTEMPTS', 'LAST', 'CREATED (UTC)', 'ENDPOINT'];
  return write(io.stdout, textTable([head, ...rows]));
}

async function show(webhooks: WebhookService, { id, json, io }: Call) {
  const { delivery, endpoint } = await webhooks.get(id);
  const shown = presentDelivery(delivery, endpoint);
  if (json) return writeJson(io, shown);
  const { disabled_reason: reason, failing_since: since } = shown.endpoint;
  const facts = [
    ['message', `${delivery.id} (${delivery.type}), ${second(delivery.createdAt)} UTC`],
    ['to', delivery.url],
    ['status', delivery.status],
    ['endpoint', `${shown.endpoint.status}${reason ? ` (${reason})` : ''}`],
    ...(since ? [['failing since', `${second(since)} UTC`]] : []),
    ...(delivery.nextAttemptAt ? [['next attempt', `${second(delivery.nextAttemptAt)} UTC`]] : []),
  ];
  const attempts = delivery.attempts.map((attempt) => [
    second(attempt.at),
    outcome(attempt),
    `${attempt.durationMs} ms`,
    // One line of what a stranger sent, without what a terminal would obey.
    (attempt.error?.message ?? attempt.answer).replace(/[\p{C}\s]+/gu, ' ').slice(0, 80),
  ]);
  const table = attempts.length > 0 ? textTable([['AT (UTC)', 'GOT', 'IN', ''], ...attempts]) : '';
  return write(io.stdout, `${textTable(facts)}${table && `\n${table}`}`);
}

async function replay(webhooks: WebhookService, { id, json, io }: Call) {
  const { delivery, endpoint } = await webhooks.replay(id);
  if (json) return writeJson(io, presentDelivery(delivery, endpoint));
  const note = endpoint.disabledAt
    ? ' Its endpoint is disabled: it gets one attempt, and is enabled if that succeeds.'
    : '';
  return write(io.stdout, `${id} is sent again by the delivery worker.${note}\n`);
}

const actions = {
  list: { run: list, argument: undefined },
  show: { run: show, argument: 'id' },
  replay: { run: replay, argument: 'id' },
};

function readStatus(text: string | undefined): DeliveryStatus | undefined {
  const found = DELIVERY_STATUSES.find((status) => status === text);
  if (text === undefined || found) return found;
  const near = didYouMean(text, [...DELIVERY_STATUSES]);
  throw new UsageError(`--status: expected one of ${DELIVERY_STATUSES.join(', ')}.${near}`);
}

function readLimit(text: string | undefined): number {
  const limit = Number(text ?? DEFAULT_LIMIT);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new UsageError(`--limit: expected a whole number from 1 to ${MAX_LIMIT}.`);
}

export const deliveriesCommand = defineCommand({
  name: 'deliveries',
  summary: 'list, inspect and replay webhook deliveries',
  usage: [
    'deliveries list [--status s] [--limit n] [--json]',
    'deliveries show <id> [--json]',
    'deliveries replay <id> [--json]',
  ],
  description: [
    'Works on the Redis of the settings, also while the service runs. "show" tells every attempt and',
    'what the receiver answered. "replay" sends the same message again, with the same webhook-id; the',
    'delivery worker does it as soon as it runs. A replay that succeeds enables a disabled endpoint.',
  ].join('\n'),
  options: {
    status: { type: 'string', value: 's', doc: 'pending, delivered, failed or disabled' },
    limit: { type: 'string', value: 'n', doc: `how many at most (default ${DEFAULT_LIMIT})` },
    json: { type: 'boolean', doc: 'print JSON' },
  },
  examples: [
    { line: 'deliveries list --status failed', does: 'What did not arrive, newest first' },
    { line: 'deliveries show msg_0123456789abcdef0123456789abcdef', does: 'Every attempt' },
    { line: 'deliveries replay msg_0123456789abcdef0123456789abcdef', does: 'Once more' },
  ],

  async run({ positionals, values }, io): Promise<ExitCode> {
    const { run, argument: id } = readAction('deliveries', actions, positionals);
    const call = { id, status: readStatus(values.status), limit: readLimit(values.limit) };
    const settings = loadSettings(io.env);
    const { composeRecords, openTemporaryRedis: visitRedis } = await import(
      '../compose/records.js'
    );
    const { composeWebhooks } = await import('../compose/delivery-worker.js');
    const redis = await visitRedis(settings);
    try {
      const records = await composeRecords(redis.url);
      const { webhooks, close } = composeWebhooks(settings, { records });
      try {
        await run(webhooks, { ...call, json: values.json, io });
        return 0;
      } finally {
        await close();
        await records.close();
      }
    } finally {
      await redis.stop();
    }
  },
});
