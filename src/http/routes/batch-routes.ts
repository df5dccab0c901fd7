import type { Request, Response } from 'express';
import { BATCH_ID_PATTERN } from '../../batches/batch.js';
import type { BatchService } from '../../batches/batch-service.js';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/catalogue.js';
import { keyCaller } from '../../images/caller.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentBatch, presentItem } from '../presenters/present-batch.js';
import type { ReadBatchInput } from '../read-batch-input.js';
import {
  batchFormDescription,
  batchItemListSchema,
  batchItemsQuery,
  batchListQuery,
  batchListSchema,
  batchSchema,
  newBatchSchema,
} from '../schemas/batch.js';

export const batchParam = { id: 'The id of a batch, as POST /v1/batches gave it.' };

/** What a batch can be sent as. */
export const batchBodies = {
  'application/json': newBatchSchema,
  'multipart/form-data': batchFormDescription,
};

const MAX_KEY_LENGTH = 255;

/** @throws AppError `batch_not_found` for what cannot be an id, without asking Redis */
export function assertBatchId(id: string): void {
  if (BATCH_ID_PATTERN.test(id)) return;
  throw new AppError('batch_not_found', {
    detail: 'This is not the id of a batch: ids begin with "bat-".',
  });
}

function idempotencyKey(req: Request): string | undefined {
  const key = req.get('Idempotency-Key');
  if (key === undefined) return undefined;
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH) return key;
  const message = `must have 1 to ${MAX_KEY_LENGTH} characters`;
  throw new AppError('invalid_request', {
    detail: `The header Idempotency-Key ${message}.`,
    errors: [{ path: 'Idempotency-Key', message }],
  });
}

export interface BatchRoutesDeps {
  batches: BatchService;
  readInput: ReadBatchInput;
  /** @throws AppError `invalid_request` where the address must not be called */
  assertWebhook(url: string): Promise<void>;
}

/** Batches: begun, read, listed, cancelled and taken up again. */
export function batchRoutes({ batches, readInput, assertWebhook }: BatchRoutesDeps): Endpoint[] {
  const json = { 'application/json': batchSchema };

  const create = defineEndpoint({
    method: 'post',
    path: '/v1/batches',
    summary: 'Make an image for every row of a list',
    description:
      'JSON, or a form with a CSV file of any common encoding and delimiter. Rows that cannot be read or drawn fail alone. With the header `Idempotency-Key` the same request begins one batch, however often it is sent; the name is that of one API key.',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    rawBodies: batchBodies,
    answers: {
      202: {
        description: 'The batch is under way.',
        content: json,
        headers: { Location: 'The address of the batch in this API.' },
      },
    },
    errors: ['template_not_found', 'conflict', 'quota_exceeded'],
    async handle(_input, res, req) {
      const key = idempotencyKey(req);
      const input = await readInput(req, res);
      try {
        const { spec, rows, notes } = input;
        if (spec.webhookUrl) await assertWebhook(spec.webhookUrl);
        const owner = res.locals.keyId ?? '';
        const idempotency = key
          ? { owner, key, fingerprint: await input.fingerprint() }
          : undefined;
        const { view } = await batches.create({
          ...{ spec, rows, notes },
          ...(idempotency ? { idempotency } : {}),
          quota: res.locals.quota,
          caller: keyCaller(res.locals.keyId),
        });
        res.setHeader('Location', `/v1/batches/${view.batch.id}`);
        res.status(202).json(presentBatch(view));
      } finally {
        await input.dispose();
      }
    },
  });

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/batches',
    summary: 'List batches, newest first',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    query: batchListQuery,
    answers: {
      200: { description: 'One page.', content: { 'application/json': batchListSchema } },
    },
    async handle({ query }, res) {
      const { views, nextCursor } = await batches.list(query);
      res.json({ items: views.map(presentBatch), next_cursor: nextCursor ?? null });
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/batches/{id}',
    summary: 'See how far a batch is',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    params: batchParam,
    answers: { 200: { description: 'The batch.', content: json } },
    errors: ['batch_not_found'],
    async handle({ params }, res) {
      assertBatchId(params.id);
      res.json(presentBatch(await batches.get(params.id)));
    },
  });

  const items = defineEndpoint({
    method: 'get',
    path: '/v1/batches/{id}/items',
    summary: 'List the rows of a batch in their order',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    params: batchParam,
    query: batchItemsQuery,
    answers: {
      200: { description: 'One page.', content: { 'application/json': batchItemListSchema } },
    },
    errors: ['batch_not_found'],
    async handle({ params, query }, res) {
      assertBatchId(params.id);
      const { limit, cursor, ...filter } = query;
      const from = Number(cursor ?? 0);
      const { items: found, next } = await batches.items(params.id, { ...filter, from, limit });
      const nextCursor = next === undefined ? null : String(next);
      res.json({ items: found.map(presentItem), next_cursor: nextCursor });
    },
  });

  const change = (
    name: 'cancel' | 'retry',
    summary: string,
    description: string,
    work: (id: string, res: Response) => Promise<void>,
    more: ErrorCode[] = [],
  ) =>
    defineEndpoint({
      method: 'post',
      path: `/v1/batches/{id}/${name}`,
      summary,
      description,
      tag: 'Batches',
      access: 'key',
      scope: 'batches',
      params: batchParam,
      answers: { 200: { description: 'The batch as it stands now.', content: json } },
      errors: ['batch_not_found', 'conflict', ...more],
      async handle({ params }, res) {
        assertBatchId(params.id);
        await work(params.id, res);
      },
    });

  return [
    create,
    list,
    read,
    items,
    change(
      'cancel',
      'Stop a batch at once',
      'Rows that have not ended are cancelled; pictures that are made stay. The few that are with a worker just now are still drawn, for whoever asks for them next.',
      async (id, res) => void res.json(presentBatch(await batches.cancel(id))),
    ),
    change(
      'retry',
      'Take the failed rows up again',
      'Only a batch that is over. Rows that did not fail are left as they are.',
      async (id, res) => void res.json(presentBatch(await batches.retry(id, res.locals.quota))),
      ['quota_exceeded'],
    ),
  ];
}
