import { AppError } from '../../errors/app-error.js';
import { keyCaller } from '../../images/caller.js';
import type { CheckPage } from '../../publishing/check-page.js';
import { parsePageAddress } from '../../publishing/page-address.js';
import type { AnswerPage } from '../../publishing/page-answer.js';
import type { PageService } from '../../publishing/page-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { imageContent } from '../image-content.js';
import {
  type PresentPageDeps,
  presentPage,
  presentPageReport,
} from '../presenters/present-page.js';
import { sendProblem } from '../problem.js';
import {
  checkPageInput,
  pageListQuery,
  pageListSchema,
  pageReportSchema,
  pageSchema,
  putPageSchema,
} from '../schemas/page.js';
import { sendImage } from '../send-image.js';

/** A page may be made at any time: "not there" soon stops being true. */
const MISSING_MAX_AGE_SECONDS = 5;

export interface PageRoutesDeps extends PresentPageDeps {
  pages: PageService;
  answerPage: AnswerPage;
  checkPage: CheckPage;
  /** @throws AppError `invalid_request` where the address must not be called */
  assertWebhook(url: string): Promise<void>;
}

const keyParam = {
  key: 'Yours: 1 to 200 characters of A-Z a-z 0-9 . _ ~ - in segments divided by slashes.',
};

/** Pages and their pictures, and the check of any page. */
export function pageRoutes(deps: PageRoutesDeps): Endpoint[] {
  const { pages, answerPage, checkPage } = deps;
  const json = { 'application/json': pageSchema };

  const check = defineEndpoint({
    method: 'post',
    path: '/v1/pages/check',
    summary: "Read any page's tags and look at its pictures as crawlers would",
    tag: 'Pages',
    access: 'key',
    scope: 'pages',
    body: checkPageInput,
    answers: {
      200: {
        description: 'What was found, with the remedy for each fault.',
        content: { 'application/json': pageReportSchema },
      },
    },
    errors: ['rate_limited'],
    async handle({ body }, res) {
      res.json(presentPageReport(await checkPage(body.url)));
    },
  });

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/pages',
    summary: 'List pages, by key',
    tag: 'Pages',
    access: 'key',
    scope: 'pages',
    query: pageListQuery,
    answers: {
      200: { description: 'One page.', content: { 'application/json': pageListSchema } },
    },
    async handle({ query }, res) {
      const { pages: found, nextCursor } = await pages.list(query);
      const items = found.map((one) => {
        const {
          pictures: _,
          meta_html: _html,
          verification: _told,
          ...summary
        } = presentPage(one, deps);
        return summary;
      });
      res.json({ items, next_cursor: nextCursor ?? null });
    },
  });

  const put = defineEndpoint({
    method: 'put',
    path: '/v1/pages/{key*}',
    summary: 'Point a page at the picture of this content, drawing it if there is none yet',
    description:
      'Content that is the same draws nothing. Until a new picture is ready, and if it fails, the last good one is shown.',
    tag: 'Pages',
    access: 'key',
    scope: 'pages',
    params: keyParam,
    body: putPageSchema,
    answers: {
      200: { description: 'The page; its status tells of the picture.', content: json },
      201: { description: 'The page is new.', content: json },
      202: { description: 'The picture is on its way.', content: json },
    },
    errors: [
      'template_not_found',
      'invalid_data',
      'conflict',
      'queue_full',
      'quota_exceeded',
      'storage_unavailable',
    ],
    async handle({ params, body }, res) {
      const { wait, ...request } = body;
      if (request.webhook_url !== undefined) await deps.assertWebhook(request.webhook_url);
      const { quota, keyId } = res.locals;
      const caller = keyCaller(keyId);
      const options = { priority: 'waiting' as const, waitMs: wait * 1000, quota, caller };
      const { page, isNew, reused } = await pages.put(params.key, request, options);
      const shown = presentPage(page, deps, reused);
      const isUnderWay = shown.status === 'rendering' || shown.status === 'review';
      res.status(isUnderWay ? 202 : isNew ? 201 : 200).json(shown);
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/pages/{key*}',
    summary: 'Read a page, with the tags for its head',
    tag: 'Pages',
    access: 'key',
    scope: 'pages',
    params: keyParam,
    answers: { 200: { description: 'The page.', content: json } },
    errors: ['invalid_request', 'page_not_found'],
    async handle({ params }, res) {
      res.json(presentPage(await pages.get(params.key), deps));
    },
  });

  const remove = defineEndpoint({
    method: 'delete',
    path: '/v1/pages/{key*}',
    summary: 'Remove a page',
    description:
      'Its addresses, which have gone out, answer with a picture that says nothing of it. Images stay.',
    tag: 'Pages',
    access: 'key',
    scope: 'pages',
    params: keyParam,
    answers: { 204: { description: 'It is gone.' } },
    errors: ['invalid_request', 'page_not_found'],
    async handle({ params }, res) {
      await pages.remove(params.key);
      res.status(204).end();
    },
  });

  const picture = defineEndpoint({
    method: 'get',
    path: '/p/{path*}',
    summary: "A page's picture",
    description:
      '`{key}.{ext}` shows the first size as it is now, `{key}@{size}.{ext}` another one, `{key}/v{image}.{ext}` one version for ever. Always a picture, but for what never existed. HEAD works too.',
    tag: 'Delivery',
    access: 'public',
    params: { path: 'As in the addresses of a page.' },
    answers: {
      200: {
        description: 'The picture, or one that stands in for it.',
        content: imageContent,
        headers: { ETag: 'Validator.', 'X-Cardpress-Source': '`stored`, `rendered` or `fallback`' },
      },
      206: {
        description: 'The range that was asked for.',
        content: imageContent,
      },
      304: { description: 'The picture that the caller holds is current.' },
    },
    errors: ['page_not_found'],
    async handle({ params }, res, req) {
      const address = parsePageAddress(params.path);
      const answer = address && (await answerPage(address));
      if (answer) {
        sendImage(req, res, answer);
        return;
      }
      res.setHeader('Cache-Control', `public, max-age=${MISSING_MAX_AGE_SECONDS}`);
      const detail = 'There never was a page with this address. See PUT /v1/pages/{key}.';
      sendProblem(res, new AppError('page_not_found', { detail }));
    },
  });

  // `check` before `{key}`, which would take it for one.
  return [check, list, put, read, remove, picture];
}
