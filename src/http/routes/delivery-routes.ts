import type { WebhookService } from '../../webhooks/webhook-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentDelivery, presentDeliverySummary } from '../presenters/present-delivery.js';
import { deliveryListQuery, deliveryListSchema, deliverySchema } from '../schemas/delivery.js';

export interface DeliveryRoutesDeps {
  webhooks: Pick<WebhookService, 'list' | 'get' | 'replay'>;
}

const idParam = { id: 'The `webhook-id` of a message.' };

/** Deliveries of webhooks: listed, looked into, and sent again. */
export function deliveryRoutes({ webhooks }: DeliveryRoutesDeps): Endpoint[] {
  const json = { 'application/json': deliverySchema };

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/deliveries',
    summary: 'List deliveries of webhooks, newest first',
    tag: 'Webhooks',
    access: 'key',
    scope: 'admin',
    query: deliveryListQuery,
    answers: {
      200: { description: 'One page.', content: { 'application/json': deliveryListSchema } },
    },
    async handle({ query }, res) {
      const { deliveries, nextCursor } = await webhooks.list(query);
      res.json({
        items: deliveries.map(presentDeliverySummary),
        next_cursor: nextCursor ?? null,
      });
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/deliveries/{id}',
    summary: 'See a delivery: its message, every attempt, and the state of its receiver',
    tag: 'Webhooks',
    access: 'key',
    scope: 'admin',
    params: idParam,
    answers: { 200: { description: 'The delivery.', content: json } },
    errors: ['delivery_not_found'],
    async handle({ params }, res) {
      const { delivery, endpoint } = await webhooks.get(params.id);
      res.json(presentDelivery(delivery, endpoint));
    },
  });

  const replay = defineEndpoint({
    method: 'post',
    path: '/v1/deliveries/{id}/replay',
    summary: 'Send a message again, at once',
    description:
      'The same `webhook-id` and body, whatever became of it before, and the whole schedule again. A disabled endpoint gets one attempt; if that succeeds it is enabled.',
    tag: 'Webhooks',
    access: 'key',
    scope: 'admin',
    params: idParam,
    answers: { 202: { description: 'The delivery, on its way again.', content: json } },
    errors: ['delivery_not_found'],
    async handle({ params }, res) {
      const { delivery, endpoint } = await webhooks.replay(params.id);
      res.status(202).json(presentDelivery(delivery, endpoint));
    },
  });

  return [list, read, replay];
}
