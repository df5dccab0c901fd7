import type { DraftService } from '../../library/draft-service.js';
import type { PreviewDraft } from '../../library/preview-draft.js';
import { unpackArchive } from '../../library/template-archive.js';
import { MAX_TEMPLATE_BYTES } from '../../templates/template-files.js';
import {
  assertMayRun,
  authorOf,
  givenTag,
  orStale,
  requiredTag,
  sendDraft,
} from '../draft-request.js';
import { defineEndpoint, type Endpoint, type EndpointAnswer } from '../endpoint.js';
import { imageContent } from '../image-content.js';
import { sendPreview } from '../presenters/send-preview.js';
import { readBytes } from '../read-bytes.js';
import {
  archiveSchema,
  assetSchema,
  draftChangeSchema,
  draftPreviewSchema,
  draftSchema,
  importQuery,
  newTemplateSchema,
} from '../schemas/draft.js';
import { renderErrors } from './image-routes.js';

const answerOf = (description: string): EndpointAnswer => ({
  description,
  content: { 'application/json': draftSchema },
  headers: { ETag: 'The state, for `If-Match`.' },
});

const shape = { tag: 'Templates', access: 'key', scope: 'templates:write' } as const;
const idParam = { id: 'The id of a stored template.' };
const assetParams = { ...idParam, name: 'Name of the file below `assets/`.' };
const MATCH =
  'Needs `If-Match` with the ETag of the draft that was changed, or `*`. If somebody else has saved since, the answer is 412 and its `current` holds their changes.';
const CHANGE_ERRORS = [
  ...(['template_not_found', 'conflict', 'precondition_failed'] as const),
  ...(['precondition_required', 'storage_unavailable'] as const),
];
const REMEDIES = {
  tooLarge: 'Make pictures as large as they are shown, and leave out what is not used.',
  compressed: 'Send the file as it is, without compression.',
};

/** Drafts of stored templates. */
export function draftRoutes({
  drafts,
  previewDraft,
}: {
  drafts: DraftService;
  previewDraft: PreviewDraft;
}): Endpoint[] {
  const create = defineEndpoint({
    method: 'post',
    path: '/v1/templates',
    summary: 'Begin a template: from a starter, or as a copy of another',
    description: 'Makes a draft; it can be used once it is published.',
    ...shape,
    body: newTemplateSchema,
    answers: { 201: answerOf('The draft.') },
    errors: ['conflict', 'template_not_found', 'storage_unavailable'],
    async handle({ body }, res) {
      sendDraft(res, await drafts.create(body, authorOf(res)), 201);
    },
  });

  const importArchive = defineEndpoint({
    method: 'post',
    path: '/v1/templates/import',
    summary: 'Make a draft of a ZIP with the files of a template',
    description:
      'Files are kept byte for byte, and judged by their content; one that is refused refuses the archive. Without `If-Match` the template must be new; with it the files replace those of its draft.',
    ...shape,
    query: importQuery,
    rawBodies: { 'application/zip': archiveSchema },
    answers: { 200: answerOf('The draft, replaced.'), 201: answerOf('The new draft.') },
    errors: ['template_not_found', 'conflict', 'precondition_failed', 'storage_unavailable'],
    async handle({ query: { id } }, res, req) {
      const tag = givenTag(req);
      const files = await unpackArchive(await readBytes(req, MAX_TEMPLATE_BYTES, REMEDIES));
      await orStale(res, async () => {
        const draft = await drafts.importFiles(id, tag, files, authorOf(res));
        sendDraft(res, draft, tag === undefined ? 201 : 200);
      });
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/templates/{id}/draft',
    summary: 'Read a draft: its texts, and their mistakes by file, line and column',
    ...shape,
    params: idParam,
    answers: { 200: answerOf('The draft.') },
    errors: ['template_not_found', 'conflict'],
    async handle({ params }, res) {
      sendDraft(res, await drafts.get(params.id));
    },
  });

  const change = defineEndpoint({
    method: 'put',
    path: '/v1/templates/{id}/draft',
    summary: 'Save texts of a draft',
    description: `Broken texts are kept; \`problems\` names their mistakes. ${MATCH}`,
    ...shape,
    params: idParam,
    body: draftChangeSchema,
    answers: { 200: answerOf('The draft as it is now.') },
    errors: CHANGE_ERRORS,
    handle: ({ params, body }, res, req) =>
      orStale(res, async () => {
        const files = new Map(Object.entries(body.files));
        sendDraft(res, await drafts.change(params.id, requiredTag(req), files, authorOf(res)));
      }),
  });

  const putAsset = defineEndpoint({
    method: 'put',
    path: '/v1/templates/{id}/draft/assets/{name*}',
    summary: 'Save a picture, a font or a style sheet of a draft',
    description: `The body is the file. It is judged by its content. ${MATCH}`,
    ...shape,
    params: assetParams,
    rawBodies: { 'application/octet-stream': assetSchema },
    answers: { 200: answerOf('The draft as it is now.') },
    errors: CHANGE_ERRORS,
    handle: ({ params: { id, name } }, res, req) =>
      orStale(res, async () => {
        const tag = requiredTag(req);
        const bytes = await readBytes(req, MAX_TEMPLATE_BYTES, REMEDIES);
        sendDraft(res, await drafts.putAsset(id, tag, name, bytes, authorOf(res)));
      }),
  });

  const removeAsset = defineEndpoint({
    method: 'delete',
    path: '/v1/templates/{id}/draft/assets/{name*}',
    summary: 'Remove a file below assets/ from a draft',
    description: MATCH,
    ...shape,
    params: assetParams,
    answers: { 200: answerOf('The draft as it is now.') },
    errors: [...CHANGE_ERRORS, 'not_found'],
    handle: ({ params: { id, name } }, res, req) =>
      orStale(res, async () => {
        sendDraft(res, await drafts.removeAsset(id, requiredTag(req), name, authorOf(res)));
      }),
  });

  const preview = defineEndpoint({
    method: 'post',
    path: '/v1/templates/{id}/draft/preview',
    summary: 'Draw a draft once, without storing the picture',
    description: 'Besides `templates:write` the key needs the scope `admin`.',
    ...shape,
    params: idParam,
    body: draftPreviewSchema,
    answers: {
      200: {
        description: 'The picture itself.',
        content: imageContent,
        headers: { 'X-Cardpress-Warnings': 'A JSON list of the warnings.' },
      },
    },
    errors: [...renderErrors, 'preview_timeout', 'draft_invalid', 'conflict'],
    async handle({ params, body }, res) {
      const author = authorOf(res);
      assertMayRun(author, 'A preview');
      const { data, size, output, on_missing: onMissing } = body;
      const picture = await previewDraft(params.id, { data, size, output, onMissing }, author);
      sendPreview(res, picture);
    },
  });

  // "import" before what stands for any id.
  return [importArchive, create, read, change, putAsset, removeAsset, preview];
}
