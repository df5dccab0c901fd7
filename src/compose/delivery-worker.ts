import { join } from 'node:path';
import { type AddressPolicy, createAddressPolicy } from '../assets/address-policy.js';
import { createGuardedFetch, type GuardedFetcher } from '../assets/guarded-fetch.js';
import { packageInfo } from '../config/package-info.js';
import { loadOrMakeSecret, makeWebhookSecret, parseWebhookSecrets } from '../config/secrets.js';
import type { Settings } from '../config/settings.js';
import type { Logger } from '../observability/logger.js';
import { createDeliveryQueue } from '../queue/delivery-queue.js';
import { createDeliveryWorker } from '../queue/delivery-worker.js';
import { createDeliveryRecords } from '../records/delivery-records.js';
import { connectForWork } from '../records/redis-connections.js';
import {
  ATTEMPT_TIMEOUT_MS,
  type AttemptDeliveryDeps,
  createAttemptDelivery,
} from '../webhooks/attempt-delivery.js';
import type { CheckAddress, Post } from '../webhooks/ports.js';
import {
  type ReconcileDeliveriesDeps,
  reconcileDeliveries,
} from '../webhooks/reconcile-deliveries.js';
import { createRetrySchedule } from '../webhooks/retry-schedule.js';
import { createSignDelivery } from '../webhooks/sign-delivery.js';
import { createWebhookService } from '../webhooks/webhook-service.js';
import { instrumentProxy } from './instrumented-proxy.js';
import type { Observers } from './observers.js';
import { everyRedisCheck, type Records } from './records.js';

type DeliveryObservers = Pick<Observers, 'logger'> & Partial<Pick<Observers, 'metrics'>>;

const RECONCILE_INTERVAL_MS = 15_000;
/** Longer than the attempt's own deadline, whose error message is better. */
const FETCH_TIMEOUT_MS = ATTEMPT_TIMEOUT_MS + 5_000;

/**
 * The secrets of the settings, newest first, or those of DATA_DIR/secrets/webhook-secret, where one
 * is created if there is none. An operator may add others there, separated by commas.
 */
async function loadWebhookSecrets(settings: Settings): Promise<string[]> {
  if (settings.webhookSecrets) return settings.webhookSecrets;
  const folder = join(settings.dataDir, 'secrets');
  const text = await loadOrMakeSecret(folder, 'webhook-secret', makeWebhookSecret);
  try {
    return parseWebhookSecrets(text);
  } catch (error) {
    throw new Error(`${join(folder, 'webhook-secret')}: ${(error as Error).message}.`);
  }
}

function composeCheckAddress(policy: AddressPolicy): CheckAddress {
  return async (text) => {
    const url = policy.checkUrl(text);
    await policy.resolveAllowed(
      url.hostname,
      Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    );
  };
}

function composePost(fetcher: GuardedFetcher): Post {
  return (url, options) =>
    fetcher.fetch(url, {
      ...options,
      method: 'POST',
      maxRedirects: 0,
      onOversize: 'cut',
      timeoutMs: FETCH_TIMEOUT_MS,
    });
}

/** Builds records and queue of deliveries and the service for them: for every process. */
export function composeWebhooks(settings: Settings, { records }: { records: Records }) {
  const deliveries = createDeliveryRecords(records.redis, {
    retentionDays: settings.webhookRetentionDays,
  });
  const queue = createDeliveryQueue(records.redis);
  const policy = createAddressPolicy({ allow: settings.egressAllow });
  return {
    webhooks: createWebhookService({
      records: deliveries,
      queue,
      checkAddress: composeCheckAddress(policy),
    }),
    records: deliveries,
    queue,
    close: () => queue.close().catch(() => undefined),
  };
}

/** Repeatedly queues due deliveries without a job, as long as the process runs. */
function keepReconciling(parts: ReconcileDeliveriesDeps, logger: Logger): () => void {
  const timer = setInterval(() => {
    reconcileDeliveries(parts)
      .then((mended) => {
        if (mended > 0) logger.warn({ mended }, 'deliveries without a job were queued again');
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'could not look for lost deliveries'));
  }, RECONCILE_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function observe({
  logger,
  metrics,
}: DeliveryObservers): Pick<AttemptDeliveryDeps, 'onAttempt' | 'onEndpointDisabled'> {
  return {
    onAttempt({ id, receiver, attempt, status }) {
      const { status: answer, error, durationMs } = attempt;
      const isGood = answer !== undefined && answer >= 200 && answer < 300;
      metrics?.deliveryAttempt(error?.code ?? (isGood ? 'delivered' : 'refused'));
      if (status !== 'pending') metrics?.deliverySettled(status);
      const facts = { delivery_id: id, receiver, answer, code: error?.code, ms: durationMs };
      if (status === 'delivered') logger.debug(facts, 'a webhook was delivered');
      else logger.warn({ ...facts, status }, 'a webhook was not delivered');
    },
    onEndpointDisabled({ id, receiver, reason }) {
      metrics?.endpointDisabled(reason);
      logger.error(
        { delivery_id: id, receiver, reason },
        'a webhook endpoint is disabled: a replay that succeeds enables it again',
      );
    },
  };
}

/** Builds the delivery worker: signs, sends and records deliveries. */
export async function composeDeliveryWorker(
  settings: Settings,
  { records, redisUrl }: { records: Records; redisUrl: string },
  observers: DeliveryObservers,
) {
  const { logger, metrics } = observers;
  const secrets = await loadWebhookSecrets(settings);
  const webhooks = composeWebhooks(settings, { records });
  const fetcher = createGuardedFetch({
    policy: instrumentProxy(createAddressPolicy({ allow: settings.egressAllow }), () =>
      metrics?.egressRefusal('webhooks', 'forbidden_address'),
    ),
    version: packageInfo.version,
  });
  const redis = connectForWork(redisUrl);
  const worker = createDeliveryWorker({
    redis,
    attempt: createAttemptDelivery({
      records: webhooks.records,
      post: composePost(fetcher),
      sign: createSignDelivery(secrets),
      schedule: createRetrySchedule(),
      userAgent: `Cardpress/${packageInfo.version} (+webhooks)`,
      ...observe(observers),
    }),
    onError: (error) => logger.warn({ err: error }, 'the delivery worker reports an error'),
  });
  const stopReconciling = keepReconciling(webhooks, logger);
  return {
    checks: { redis: everyRedisCheck(records.redis) },
    /** Finishes jobs in flight, for at most `timeoutMs`; the rest returns to the queue. */
    async close(timeoutMs: number): Promise<void> {
      stopReconciling();
      await worker.close(timeoutMs);
      await fetcher.close();
      await webhooks.close();
      redis.disconnect();
    },
  };
}
