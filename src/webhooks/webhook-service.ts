import { AppError } from '../errors/app-error.js';
import { invalidField } from '../errors/invalid-field.js';
import { parseHttpUrl } from '../lib/parse-url.js';
import {
  type Delivery,
  type DeliveryStatus,
  type DeliverySummary,
  type DeliveryType,
  type EndpointState,
  endpointOf,
  isDeliveryId,
} from './delivery.js';
import type { CheckAddress, DeliveryQueue, DeliveryRecords } from './ports.js';

const MAX_URL_LENGTH = 2_000;
const URL_FIELD = 'webhook_url';

export interface WebhookServiceDeps {
  records: DeliveryRecords;
  queue: DeliveryQueue;
  checkAddress: CheckAddress;
  now?: () => Date;
}

export interface Notice {
  /** Chosen by the caller; see `deliveryId` and `isDeliveryId`. */
  id: string;
  url: string;
  type: DeliveryType;
  data: unknown;
}

const badEndpoint = (message: string, cause?: unknown) => invalidField(URL_FIELD, message, cause);

function notFound(id: string): AppError {
  return new AppError('delivery_not_found', {
    detail: `There is no delivery "${id.slice(0, 100)}". Deliveries are forgotten after WEBHOOK_RETENTION_DAYS.`,
  });
}

/** A slow name server says nothing about the name; the attempt resolves it again. */
function isTransient(error: AppError): boolean {
  const { code } = Object(error.cause) as { code?: unknown };
  return error.code === 'asset_unreachable' && code !== 'ENOTFOUND';
}

/**
 * The use cases of deliveries: accept, list, send again. Sending itself is in
 * `createAttemptDelivery`.
 */
export function createWebhookService(deps: WebhookServiceDeps) {
  const { records, queue, checkAddress } = deps;
  const now = deps.now ?? (() => new Date());

  /**
   * Checks that messages may be sent to `url`: http(s), no credentials, at most 2,000 characters,
   * and a public or exempt address. Checked when the URL is given; each connection checks again.
   * @throws AppError `invalid_request` with path `webhook_url`
   */
  async function assertEndpoint(url: string): Promise<void> {
    if (url.length > MAX_URL_LENGTH) {
      throw badEndpoint(`must have at most ${MAX_URL_LENGTH} characters`);
    }
    const parsed = parseHttpUrl(url);
    if (!parsed) {
      throw badEndpoint('must be an address that starts with https:// or http://');
    }
    if (parsed.username !== '' || parsed.password !== '') {
      throw badEndpoint('must hold no user name or password. Verify the signature instead.');
    }
    try {
      await checkAddress(parsed.href);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (!isTransient(error)) throw badEndpoint(error.detail, error);
    }
  }

  async function enqueue(delivery: Delivery): Promise<void> {
    if (delivery.status !== 'pending') return;
    const { id, round, receiver } = delivery;
    await queue.add({ id, round, receiver });
  }

  return {
    assertEndpoint,

    /**
     * Accepts a message. From then on it is delivered, or its record says why not. Idempotent by
     * id: a second call changes nothing. For a disabled endpoint it is recorded as `disabled`.
     * @throws AppError `redis_unavailable`; then nothing, or all of it, is accepted
     */
    async notify({ id, url, type, data }: Notice): Promise<Delivery> {
      if (!isDeliveryId(id)) throw new Error(`"${id}" cannot be the id of a delivery`);
      const createdAt = now().toISOString();
      const payload = JSON.stringify({ type, timestamp: createdAt, data });
      const delivery = await records.add({
        id,
        url,
        ...endpointOf(url),
        type,
        payload,
        createdAt,
      });
      // Also for an existing one: the process that accepted it may have died before this line.
      await enqueue(delivery);
      return delivery;
    },

    /** One page, newest first. */
    list(query: {
      status?: DeliveryStatus | undefined;
      cursor?: string | undefined;
      limit: number;
    }): Promise<{ deliveries: DeliverySummary[]; nextCursor: string | undefined }> {
      return records.list(query);
    },

    /** @throws AppError `delivery_not_found` */
    async get(id: string): Promise<{ delivery: Delivery; endpoint: EndpointState }> {
      const delivery = isDeliveryId(id) ? await records.get(id) : undefined;
      if (!delivery) throw notFound(id);
      return { delivery, endpoint: await records.endpoint(delivery.endpoint) };
    },

    /**
     * Sends the same message again at once, whatever its status, with the whole retry schedule. A
     * disabled endpoint gets one attempt, and is enabled again if that succeeds.
     * @throws AppError `delivery_not_found`
     */
    async replay(id: string): Promise<{ delivery: Delivery; endpoint: EndpointState }> {
      const at = now().toISOString();
      const delivery = isDeliveryId(id) ? await records.replay(id, at) : undefined;
      if (!delivery) throw notFound(id);
      await enqueue(delivery);
      return { delivery, endpoint: await records.endpoint(delivery.endpoint) };
    },
  };
}

export type WebhookService = ReturnType<typeof createWebhookService>;
