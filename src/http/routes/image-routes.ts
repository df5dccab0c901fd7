import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.js';
import { keyCaller } from '../../images/caller.js';
import type { ImageRecord } from '../../images/image.js';
import { IMAGE_ID_PATTERN } from '../../images/image-id.js';
import type { ImageService, Submission, SubmitOptions } from '../../images/image-service.js';
import type { ImageRequest } from '../../images/prepare.js';
import type { ImageNotices } from '../../webhooks/image-notices.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentImage } from '../presenters/present-image.js';
import { presentTrace } from '../presenters/present-trace.js';
import { sendProblem } from '../problem.js';
import { imageListSchema, imageSchema, imageSetSchema, traceSchema } from '../schemas/image.js';
import { imageListQuery, newImageSchema } from '../schemas/image-input.js';

export const idParam = { id: 'The id of an image, as POST /v1/images gave it.' };

/** @throws AppError `image_not_found` for what cannot be an id, without asking Redis */
export function assertImageId(id: string): void {
  if (IMAGE_ID_PATTERN.test(id)) return;
  throw new AppError('image_not_found', {
    detail: 'This is not the id of an image: ids are 32 characters of a-z and 2-7.',
  });
}

/** A render that failed while its requester waited is an error like one of the request itself. */
export function sendFailedImage(res: Response, record: ImageRecord): void {
  const { code, message } = record.error ?? { code: 'internal' as const, message: '' };
  sendProblem(res, new AppError(code, { detail: message }), { image_id: record.id });
}

export const renderErrors = [
  'template_not_found',
  'invalid_data',
  'queue_full',
  'asset_forbidden',
  'asset_not_found',
  'asset_unreachable',
  'asset_too_large',
  'asset_invalid',
  'render_timeout',
  'render_crashed',
  'encode_failed',
  'storage_unavailable',
  'browser_unavailable',
] as const;

export interface ImageRoutesDeps {
  images: ImageService;
  notices: ImageNotices;
  /** @throws AppError `invalid_request` where the address must not be called */
  assertWebhook(url: string): Promise<void>;
}

/** Images: requested, read, listed, traced and deleted. */
export function imageRoutes({ images, notices, assertWebhook }: ImageRoutesDeps): Endpoint[] {
  /** Requests an image, and notifies its webhook, also for an image that exists already. */
  async function submit(request: ImageRequest, options: SubmitOptions, url: string | undefined) {
    if (url === undefined) return images.submit(request, options);
    const { metadata } = options;
    const notice = { url, subject: randomUUID(), ...(metadata ? { metadata } : {}) };
    const submission = await images.submit(request, {
      ...options,
      watcher: notices.watcher(notice),
    });
    await notices.tell(notice, submission.record);
    return submission;
  }

  const json = { 'application/json': imageSchema };
  const oneOrSet = { 'application/json': z.union([imageSchema, imageSetSchema]) };
  const location = { Location: 'The address of the image in this API.' };

  const create = defineEndpoint({
    method: 'post',
    path: '/v1/images',
    summary: 'Make an image, or get the one that exists',
    description:
      'Equal requests share one render and have one address. A render that fails within `wait` is answered as a problem with `image_id`. With `sizes`, the answer is `{images}`, one for each, failed ones among them.',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    body: newImageSchema,
    answers: {
      201: { description: 'The image is ready.', content: oneOrSet, headers: location },
      202: {
        description: 'The image is on its way, or waits for a review.',
        content: oneOrSet,
        headers: location,
      },
    },
    errors: [...renderErrors, 'quota_exceeded'],
    async handle({ body }, res) {
      const { template, data, output, on_missing: onMissing } = body;
      const metadata = body.metadata ?? {};
      const url = body.webhook_url;
      if (url !== undefined) await assertWebhook(url);
      const options: SubmitOptions = {
        priority: 'waiting',
        waitMs: body.wait * 1000,
        refresh: body.refresh,
        metadata: body.metadata,
        quota: res.locals.quota,
        caller: keyCaller(res.locals.keyId),
      };
      const present = ({ record, reused }: Submission) =>
        presentImage(record, { url: images.publicUrl(record), reused, metadata });
      if (body.sizes) {
        const requests = [...new Set(body.sizes)].map((size) => ({
          template,
          data,
          size,
          output,
          onMissing,
        }));
        // All or nothing: a size that does not exist must not leave the others behind.
        await images.loadTemplate(template);
        for (const request of requests) images.prepare(request);
        const set = await Promise.all(requests.map((request) => submit(request, options, url)));
        const settled = set.every(({ record }) => /^(completed|failed)$/.test(record.status));
        res.status(settled ? 201 : 202).json({ images: set.map(present) });
        return;
      }
      const request = { template, data, size: body.size, output, onMissing };
      const submission = await submit(request, options, url);
      const { record } = submission;
      if (record.status === 'failed') {
        sendFailedImage(res, record);
        return;
      }
      res.setHeader('Location', `/v1/images/${record.id}`);
      res.status(record.status === 'completed' ? 201 : 202).json(present(submission));
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/images/{id}',
    summary: 'Read an image',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    params: idParam,
    answers: { 200: { description: 'The image, whatever its status.', content: json } },
    errors: ['image_not_found'],
    async handle({ params }, res) {
      assertImageId(params.id);
      const record = await images.get(params.id);
      res.json(presentImage(record, { url: images.publicUrl(record), reused: true }));
    },
  });

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/images',
    summary: 'List images, newest first',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    query: imageListQuery,
    answers: {
      200: { description: 'One page.', content: { 'application/json': imageListSchema } },
    },
    async handle({ query }, res) {
      const { records, nextCursor } = await images.list(query);
      res.json({
        items: records.map((record) =>
          presentImage(record, { url: images.publicUrl(record), reused: true }),
        ),
        next_cursor: nextCursor ?? null,
      });
    },
  });

  const remove = defineEndpoint({
    method: 'delete',
    path: '/v1/images/{id}',
    summary: 'Delete an image: its picture, its record and its waiting render',
    description:
      'It stays deleted: signed addresses, links and pages that lead to it answer with a card, until a call with a key asks for the same image again. Copies that browsers and caches hold stay until they expire: pictures are immutable. Where the storage failed, send it again.',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    params: idParam,
    answers: { 204: { description: 'It is gone.' } },
    errors: ['image_not_found', 'storage_unavailable'],
    async handle({ params }, res) {
      assertImageId(params.id);
      await images.remove(params.id);
      res.status(204).end();
    },
  });

  const trace = defineEndpoint({
    method: 'get',
    path: '/v1/images/{id}/trace',
    summary: 'See what happened to an image, stage by stage',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    params: idParam,
    answers: {
      200: { description: 'The trace.', content: { 'application/json': traceSchema } },
    },
    errors: ['image_not_found'],
    async handle({ params }, res) {
      assertImageId(params.id);
      const { record, events } = await images.trace(params.id);
      res.json(presentTrace(record, events, images.publicUrl(record)));
    },
  });

  return [create, list, read, remove, trace];
}
