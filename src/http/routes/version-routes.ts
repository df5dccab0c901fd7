import type { z } from 'zod';
import type { DraftService } from '../../library/draft-service.js';
import type { HistoryEntry } from '../../library/ports.js';
import { packArchive } from '../../library/template-archive.js';
import type { VersionService } from '../../library/version-service.js';
import type { TemplateFiles } from '../../templates/template-files.js';
import { assertMayRun, authorOf, givenTag, orStale } from '../draft-request.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import {
  exportQuery,
  publishedSchema,
  publishSchema,
  rollbackSchema,
  templateVersionSchema,
  versionListSchema,
} from '../schemas/draft.js';

export interface VersionRoutesDeps {
  drafts: DraftService;
  versions: VersionService;
  /** Files of what is installed or published now. @throws AppError `template_not_found` */
  currentFiles(id: string): Promise<TemplateFiles>;
}

const shape = { tag: 'Templates', access: 'key' } as const;
const params = { id: 'The id of a stored template.' };

function presentVersion(entry: HistoryEntry): z.infer<typeof templateVersionSchema> {
  const { action, version, content, at, by, message, forced } = entry;
  return {
    ...{ action, version, content, at, by },
    ...(message === undefined ? {} : { message }),
    ...(forced ? { forced } : {}),
  };
}

/** Published versions of stored templates. */
export function versionRoutes({ drafts, versions, currentFiles }: VersionRoutesDeps): Endpoint[] {
  const publish = defineEndpoint({
    method: 'post',
    path: '/v1/templates/{id}/publish',
    summary: 'Publish a draft: check it, and make it the current version',
    description:
      'Refused if the draft has mistakes, or fails the check and `force` is not given. All processes use the version within a second. With `If-Match` only this state of the draft is published. Besides `templates:write` the key needs the scope `admin`.',
    ...shape,
    scope: 'templates:write',
    params,
    body: publishSchema,
    answers: {
      201: { description: 'The version.', content: { 'application/json': publishedSchema } },
    },
    errors: [
      ...(['template_not_found', 'conflict', 'precondition_failed', 'draft_invalid'] as const),
      ...(['template_check_failed', 'preview_timeout', 'browser_unavailable'] as const),
      'storage_unavailable',
    ],
    async handle({ params: { id }, body }, res, req) {
      const author = authorOf(res);
      assertMayRun(author, 'Publishing');
      const gone = new AbortController();
      // Nobody waits any more: stop drawing.
      res.on('close', () => gone.abort());
      await orStale(res, async () => {
        const request = { ...body, tag: givenTag(req), signal: gone.signal };
        const { entry, outcome } = await versions.publish(id, request, author);
        const { failures: _failures, ...check } = outcome;
        res.status(201).json({ id, ...presentVersion(entry), check });
      });
    },
  });

  const history = defineEndpoint({
    method: 'get',
    path: '/v1/templates/{id}/versions',
    summary: 'List what was published, rolled back and deleted, newest first',
    ...shape,
    scope: ['templates', 'templates:write'],
    params,
    answers: {
      200: { description: 'The history.', content: { 'application/json': versionListSchema } },
    },
    errors: ['template_not_found', 'conflict'],
    async handle({ params: { id } }, res) {
      res.json({ items: (await versions.history(id)).map(presentVersion) });
    },
  });

  const rollback = defineEndpoint({
    method: 'post',
    path: '/v1/templates/{id}/rollback',
    summary: 'Make an older version the current one again',
    description: 'The draft stays as it is.',
    ...shape,
    scope: 'templates:write',
    params,
    body: rollbackSchema,
    answers: {
      200: { description: 'The version.', content: { 'application/json': templateVersionSchema } },
    },
    errors: ['template_not_found', 'template_version_not_found', 'conflict'],
    async handle({ params: { id }, body }, res) {
      res.json(presentVersion(await versions.rollBack(id, body, authorOf(res))));
    },
  });

  const remove = defineEndpoint({
    method: 'delete',
    path: '/v1/templates/{id}',
    summary: 'Delete a stored template',
    description:
      'It can be asked for no more. Its versions stay for images that were asked for before, and its history for a new template of this id.',
    ...shape,
    scope: 'templates:write',
    params,
    answers: { 204: { description: 'It is deleted.' } },
    errors: ['template_not_found', 'conflict', 'storage_unavailable'],
    async handle({ params: { id } }, res) {
      await versions.remove(id, authorOf(res));
      res.status(204).end();
    },
  });

  async function filesOf(id: string, version: string | undefined): Promise<TemplateFiles> {
    if (version === undefined) return currentFiles(id);
    if (version === 'draft') return drafts.filesOf(await drafts.get(id));
    return versions.filesOf(id, version);
  }

  const exportArchive = defineEndpoint({
    method: 'get',
    path: '/v1/templates/{id}/export.zip',
    summary: 'Download the files of a template, byte for byte',
    ...shape,
    scope: ['templates', 'templates:write'],
    params: { id: 'The id of a template, stored or a folder.' },
    query: exportQuery,
    answers: { 200: { description: 'A ZIP.', content: { 'application/zip': undefined } } },
    errors: [
      ...(['template_not_found', 'template_version_not_found', 'conflict'] as const),
      ...(['template_version_gone', 'storage_unavailable'] as const),
    ],
    async handle({ params: { id }, query }, res) {
      const archive = await packArchive(await filesOf(id, query.version));
      res.setHeader('Content-Type', 'application/zip');
      res.setHeader('Content-Disposition', `attachment; filename="${id}.zip"`);
      res.setHeader('Content-Length', archive.length);
      res.end(archive);
    },
  });

  return [publish, history, rollback, remove, exportArchive];
}
