import { z } from 'zod';
import { TEMPLATE_ID_PATTERN } from '../../templates/template-id.js';
import { fieldValues, newPreviewSchema } from './image-input.js';

const MAX_FILES_AT_ONCE = 200;
const MAX_MESSAGE = 500;

const templateId = z.string().min(1).max(64);

export const newTemplateSchema = z
  .strictObject({
    id: z
      .string()
      .regex(TEMPLATE_ID_PATTERN, 'must be at most 64 small letters, digits and "-", letter first')
      .meta({ example: 'spring-card' }),
    name: z.string().min(1).max(100).optional().meta({ example: 'Spring card' }),
    from: templateId.optional().meta({
      description: 'The id of a template to copy. Default: a small complete card to start from.',
      example: 'article',
    }),
  })
  .meta({ id: 'NewTemplate' });

export const draftChangeSchema = z
  .strictObject({
    files: z
      .record(z.string().min(1).max(200), z.string().nullable())
      .refine((files) => Object.keys(files).length <= MAX_FILES_AT_ONCE, {
        message: `must hold at most ${MAX_FILES_AT_ONCE} files`,
      })
      .meta({
        description:
          'Path → text, or null to remove the file. Files that are not named stay as they are.',
        example: { 'style.css': '.card { color: #123456; }' },
      }),
  })
  .meta({ id: 'DraftChange' });

const problem = z.object({
  file: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  message: z.string(),
});

export const draftSchema = z
  .object({
    id: z.string(),
    etag: z.string().meta({ description: 'The state, for `If-Match`; also the header `ETag`.' }),
    created_at: z.string(),
    changed_at: z.string(),
    changed_by: z.string().meta({ description: 'The id of a key.' }),
    files: z.record(z.string(), z.string()).meta({ description: 'Path → text.' }),
    assets: z
      .array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() }))
      .meta({ description: 'Pictures and fonts.' }),
    problems: z.array(problem).meta({ description: 'What keeps it from being published.' }),
    warnings: z.array(problem).meta({ description: 'What has no effect, or not the one meant.' }),
  })
  .meta({ id: 'Draft' });

export const draftPreviewSchema = newPreviewSchema
  .extend({
    data: fieldValues({ title: 'Hello' })
      .optional()
      .meta({ description: "Field → value. Default: the draft's own sample." }),
  })
  .meta({ id: 'DraftPreview' });

export const publishSchema = z
  .strictObject({
    message: z.string().max(MAX_MESSAGE).optional().meta({ example: 'Larger title' }),
    force: z
      .boolean()
      .default(false)
      .meta({ description: 'Publish although the check fails. Mistakes are never published.' }),
  })
  .meta({ id: 'Publish' });

export const rollbackSchema = z
  .strictObject({
    version: z.string().min(1).max(64).meta({ description: 'Of the history.' }),
    message: z.string().max(MAX_MESSAGE).optional(),
  })
  .meta({ id: 'Rollback' });

const historyShape = {
  action: z.enum(['published', 'rolled_back', 'deleted']),
  version: z.string().meta({
    description: 'As `template_version` of images. Another engine may give the same files another.',
  }),
  content: z.string().meta({ description: 'SHA-256 of the files that can change a pixel.' }),
  at: z.string(),
  by: z.string().meta({ description: 'The id of a key.' }),
  message: z.string().optional(),
  forced: z.literal(true).optional().meta({ description: 'Although the check failed.' }),
};

export const templateVersionSchema = z.object(historyShape).meta({ id: 'TemplateVersion' });

export const publishedSchema = z
  .object({
    ...historyShape,
    id: z.string(),
    check: z.object({
      status: z.enum(['pass', 'warn', 'fail']),
      ...{ pass: z.int(), warn: z.int(), fail: z.int() },
      skipped: z.int().meta({ description: 'Cases for which there was no time.' }),
    }),
  })
  .meta({ id: 'PublishedTemplate' });

export const versionListSchema = z
  .object({ items: z.array(templateVersionSchema) })
  .meta({ id: 'TemplateVersionList' });

export const exportQuery = z.strictObject({
  version: z
    .string('must be given once')
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'Of the history, or `draft`. Default: the current one.' }),
});

export const importQuery = z.strictObject({
  id: z.string('must be given once: the id of the template').min(1).max(64),
});

export const archiveSchema = z
  .string()
  .meta({ format: 'binary', description: 'A ZIP of the files, at its root or in one folder.' });

export const assetSchema = z.string().meta({ format: 'binary', description: 'The file itself.' });
