import type { Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { DEFAULT_FORMAT, extensionOf, imageExtensions } from '../../formats/image-formats.js';
import type { KeyCharges } from '../../keys/key-charges.js';
import { BOOTSTRAP_KEY_ID } from '../../keys/key-service.js';
import { type CountedLink, UNCOUNTED } from '../../links/link.js';
import type { LinkImage } from '../../links/link-images.js';
import type { LinkService } from '../../links/link-service.js';
import { mergeTags } from '../../links/merge-tags.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { fallbackAnswers } from '../fallback-answers.js';
import { readerOf } from '../reader-of.js';
import {
  linkChangesSchema,
  linkListQuery,
  linkListSchema,
  linkSchema,
  newLinkSchema,
} from '../schemas/link.js';
import { sendImage } from '../send-image.js';

export interface LinkRoutesDeps {
  links: LinkService;
  linkImage: LinkImage;
  charges: Pick<KeyCharges, 'leftToday'>;
  /** Without a slash at its end. */
  publicUrl: string;
}

function presentLink(counted: CountedLink, publicUrl: string, quotaLeft: number | undefined) {
  const { link, imageCount, waitingCount, refused, lastLimitedAt, unfilled, busiestNetworks } =
    counted;
  const { id, template, fields, maxImages, maxPerMinute, createdAt, expiresAt } = link;
  const url = `${publicUrl}/l/${id}.${extensionOf(link.output?.format ?? DEFAULT_FORMAT)}`;
  return {
    id,
    url,
    merge_tags: mergeTags(url, Object.keys(fields)),
    template,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, { maxLength }]) => [name, { max_length: maxLength }]),
    ),
    max_images: maxImages,
    max_per_minute: maxPerMinute,
    paused: link.isPaused ?? false,
    images: imageCount,
    waiting: waitingCount,
    refused: refused.ofLink + refused.ofNetwork,
    refused_by_network: refused.ofNetwork,
    last_limited_at: lastLimitedAt ?? null,
    unfilled_tags: unfilled?.count ?? 0,
    last_unfilled_field: unfilled?.field ?? null,
    last_unfilled_at: unfilled?.at ?? null,
    busiest_networks: busiestNetworks,
    created_at: createdAt,
    expires_at: expiresAt ?? null,
    key_id: link.keyId ?? null,
    quota_left: quotaLeft ?? null,
  };
}

/** Links for e-mail: created with a key, requested by everyone who opens the mail. */
export function linkRoutes(deps: LinkRoutesDeps): Endpoint[] {
  const { links, linkImage, charges, publicUrl } = deps;
  const json = { 'application/json': linkSchema };
  const idParam = { id: 'The id of a link.' };
  const send = async (res: Response, status: number, counted: CountedLink) => {
    const left = await charges.leftToday(counted.link.keyId);
    res.status(status).json(presentLink(counted, publicUrl, left));
  };
  /** One question for each key, however many of its links are shown. */
  async function presentAll(found: CountedLink[]) {
    const keyIds = [...new Set(found.map(({ link }) => link.keyId))];
    const left = await Promise.all(keyIds.map((id) => charges.leftToday(id)));
    return found.map((one) => presentLink(one, publicUrl, left[keyIds.indexOf(one.link.keyId)]));
  }

  const create = defineEndpoint({
    method: 'post',
    path: '/v1/links',
    summary: 'Make a link for e-mail, whose fields a mail tool fills',
    description:
      'Nobody can sign an address that a mail tool completes: the link settles the template and says which fields may vary, how long they may be, and how many pictures may come of it. With a key that has a daily quota, every picture that is drawn for the link is taken from it. See docs/email.md.',
    tag: 'Delivery',
    access: 'key',
    scope: 'pages',
    body: newLinkSchema,
    answers: { 201: { description: 'The link, and the address for each tool.', content: json } },
    errors: ['template_not_found', 'redis_unavailable'],
    async handle({ body }, res) {
      const fields = Object.entries(body.fields).map(([name, { max_length: maxLength }]) => [
        name,
        { maxLength },
      ]);
      const { keyId, quota } = res.locals;
      const request = {
        template: body.template,
        fixed: body.fixed ?? {},
        fields: Object.fromEntries(fields),
        maxImages: body.max_images,
        maxPerMinute: body.max_per_minute,
        ...(body.size ? { size: body.size } : {}),
        ...(body.output ? { output: body.output } : {}),
        ...(body.expires_at ? { expiresAt: new Date(body.expires_at).toISOString() } : {}),
        ...(keyId !== undefined && keyId !== BOOTSTRAP_KEY_ID ? { keyId } : {}),
      };
      const link = await links.create(request, quota);
      res.setHeader('Location', `/v1/links/${link.id}`);
      await send(res, 201, { link, ...UNCOUNTED });
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/links/{id}',
    summary: 'See a link and how many pictures came of it',
    tag: 'Delivery',
    access: 'key',
    scope: 'pages',
    params: idParam,
    answers: { 200: { description: 'The link.', content: json } },
    errors: ['link_not_found', 'redis_unavailable'],
    async handle({ params }, res) {
      await send(res, 200, await links.get(params.id));
    },
  });

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/links',
    summary: 'List links, newest first',
    tag: 'Delivery',
    access: 'key',
    scope: 'pages',
    query: linkListQuery,
    answers: {
      200: { description: 'One page.', content: { 'application/json': linkListSchema } },
    },
    async handle({ query }, res) {
      const { links: found, nextCursor } = await links.list(query);
      res.json({
        items: await presentAll(found),
        next_cursor: nextCursor ?? null,
      });
    },
  });

  const change = defineEndpoint({
    method: 'patch',
    path: '/v1/links/{id}',
    summary: 'Change the limits of a link, or pause it',
    description:
      'Takes effect for the addresses that have gone out, within five seconds. What is left out stays as it is. See docs/email.md, "When a link is flooded".',
    tag: 'Delivery',
    access: 'key',
    scope: 'pages',
    params: idParam,
    body: linkChangesSchema,
    answers: { 200: { description: 'The link as it is now.', content: json } },
    errors: ['link_not_found', 'redis_unavailable'],
    async handle({ params, body }, res) {
      const { max_images: maxImages, max_per_minute: maxPerMinute, paused, expires_at } = body;
      const end = expires_at ? new Date(expires_at).toISOString() : expires_at;
      const changed = await links.change(params.id, {
        ...(maxImages === undefined ? {} : { maxImages }),
        ...(maxPerMinute === undefined ? {} : { maxPerMinute }),
        ...(paused === undefined ? {} : { isPaused: paused }),
        ...(end === undefined ? {} : { expiresAt: end }),
      });
      await send(res, 200, changed);
    },
  });

  const remove = defineEndpoint({
    method: 'delete',
    path: '/v1/links/{id}',
    summary: 'Remove a link',
    description:
      'Its address, which has gone out in mails, answers with a card that says nothing of it, at the latest five seconds later. Images stay.',
    tag: 'Delivery',
    access: 'key',
    scope: 'pages',
    params: idParam,
    answers: { 204: { description: 'It is gone.' } },
    errors: ['link_not_found', 'redis_unavailable'],
    async handle({ params }, res) {
      await links.remove(params.id);
      res.status(204).end();
    },
  });

  const picture = defineEndpoint({
    method: 'get',
    path: '/l/{file}',
    summary: 'The picture of a link, with the values of the query',
    description:
      'Unfilled merge tags, badly encoded and too long values count as missing. HEAD works too.',
    tag: 'Delivery',
    access: 'public',
    params: { file: `\`{link}.{${imageExtensions}}\`` },
    answers: fallbackAnswers,
    errors: ['link_not_found'],
    async handle({ params }, res, req) {
      const [, query = ''] = /\?(.*)$/s.exec(req.originalUrl) ?? [];
      const answer = await linkImage(params.file, query, readerOf(res));
      if (!answer) {
        throw new AppError('link_not_found', {
          detail: 'There is no such link. Links are made with POST /v1/links.',
        });
      }
      sendImage(req, res, answer);
    },
  });

  return [create, list, read, change, remove, picture];
}
