import type { Redis } from 'ioredis';
import { createAddressPolicy, type Resolver } from '../../../src/assets/address-policy.js';
import { createGuardedFetch } from '../../../src/assets/guarded-fetch.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { createDeliveryQueue } from '../../../src/queue/delivery-queue.js';
import {
  createDeliveryWorker,
  type DeliveryWorkerOptions,
} from '../../../src/queue/delivery-worker.js';
import { createDeliveryRecords } from '../../../src/records/delivery-records.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import {
  type AttemptDelivery,
  type AttemptDeliveryDeps,
  createAttemptDelivery,
} from '../../../src/webhooks/attempt-delivery.js';
import type { Delivery, DeliveryStatus, DisabledReason } from '../../../src/webhooks/delivery.js';
import { createRetrySchedule } from '../../../src/webhooks/retry-schedule.js';
import { createSignDelivery } from '../../../src/webhooks/sign-delivery.js';
import { createWebhookService } from '../../../src/webhooks/webhook-service.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { type Answer, startReceiver } from './receiver.js';

export const SECRETS = [
  `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  `whsec_${Buffer.alloc(32, 2).toString('base64')}`,
];

/** Three retries within milliseconds. */
const QUICK = [10, 20, 30];

export interface WorldOptions {
  delaysMs?: readonly number[];
  /** Entries of EGRESS_ALLOW besides the receivers'. */
  allow?: string[];
  resolve?: Resolver;
  worker?: Partial<DeliveryWorkerOptions> | false;
  attempt?: Partial<AttemptDeliveryDeps>;
}

/** Records, queue, worker, fetcher and policy, all real, over one Redis; as compose/ builds them. */
export async function createDeliveryWorld() {
  const server: RedisServer = await startRedis();
  const redisUrl = `unix://${server.socketPath}`;
  const requests = connectForRequests(redisUrl);
  await until(() => requests.status === 'ready');
  const queue = createDeliveryQueue(requests);
  const closers: (() => Promise<void> | void)[] = [];
  const ports: number[] = [];

  /** Each test's own parts; `clock.ahead` moves the time of everything but BullMQ. */
  async function open(options: WorldOptions = {}) {
    const clock = { aheadMs: 0 };
    const now = () => new Date(Date.now() + clock.aheadMs);
    const disabled: DisabledReason[] = [];
    const policyNow = () =>
      createAddressPolicy({
        allow: [...ports.map((port) => `127.0.0.1:${port}`), ...(options.allow ?? [])].map(
          parseEgressRule,
        ),
        ...(options.resolve ? { resolve: options.resolve } : {}),
      });
    const policy: ReturnType<typeof createAddressPolicy> = {
      checkUrl: (url) => policyNow().checkUrl(url),
      resolveAllowed: (host, port) => policyNow().resolveAllowed(host, port),
    };
    const fetcher = createGuardedFetch({ policy, version: '9.9.9' });
    closers.push(() => fetcher.close());
    const records = createDeliveryRecords(requests, { now });
    const attempt = createAttemptDelivery({
      records,
      post: (url, post) =>
        fetcher.fetch(url, {
          ...post,
          method: 'POST',
          onOversize: 'cut',
          maxRedirects: 0,
          timeoutMs: 60_000,
        }),
      sign: createSignDelivery(SECRETS),
      schedule: createRetrySchedule({ delaysMs: options.delaysMs ?? QUICK, random: () => 0 }),
      userAgent: 'Cardpress/9.9.9 (+webhooks)',
      now,
      onEndpointDisabled: ({ reason }) => disabled.push(reason),
      ...options.attempt,
    });
    const webhooks = createWebhookService({
      records,
      queue,
      checkAddress: async (text) => {
        const url = policy.checkUrl(text);
        await policy.resolveAllowed(url.hostname, Number(url.port) || 80);
      },
      now,
    });

    function startWorker(
      own: Partial<DeliveryWorkerOptions> = {},
      redis: Redis = connectForWork(redisUrl),
    ) {
      const worker = createDeliveryWorker({ redis, attempt, ...own });
      closers.push(async () => {
        await worker.close(0);
        if (redis.status !== 'end') redis.disconnect();
      });
      return { worker, redis };
    }
    if (options.worker !== false) startWorker(options.worker);

    return {
      clock,
      disabled,
      records,
      webhooks,
      attempt: attempt as AttemptDelivery,
      startWorker,
      /** Accepts one message under this id, of data that shows whether bytes are kept. */
      notify: (id: string, url: string, data: unknown = { id, title: 'Ürgs 🎉' }) =>
        webhooks.notify({ id, url, type: 'image.completed', data }),
      async settled(id: string, wanted?: DeliveryStatus): Promise<Delivery> {
        return until(async () => {
          const delivery = await records.get(id);
          const done = wanted ? delivery?.status === wanted : delivery?.status !== 'pending';
          return done ? delivery : undefined;
        }, 20_000);
      },
    };
  }

  return {
    server,
    redisUrl,
    requests,
    queue,
    open,
    async receiver(answer?: Answer) {
      const receiver = await startReceiver(answer);
      ports.push(receiver.port);
      closers.push(() => receiver.close());
      return receiver;
    },
    /** After each test: workers first, then what they speak with. */
    async clear() {
      for (const close of closers.splice(0).reverse()) await close();
      ports.length = 0;
      await requests.flushall().catch(() => undefined);
    },
    async stop() {
      await queue.close().catch(() => undefined);
      requests.disconnect();
      await server.stop();
    },
  };
}

export type DeliveryWorld = Awaited<ReturnType<typeof createDeliveryWorld>>;
