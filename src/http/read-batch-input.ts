import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Request, Response } from 'express';
import type { BatchRow, BatchSpec } from '../batches/batch.js';
import { mapRow, resolveMapping } from '../batches/column-mapping.js';
import { readColumns } from '../batches/read-columns.js';
import { AppError } from '../errors/app-error.js';
import { invalidField } from '../errors/invalid-field.js';
import { knownEncoding } from '../tables/known-encoding.js';
import { openTable } from '../tables/open-table.js';
import { RESULT_COLUMNS } from '../tables/result-columns.js';
import { type SpooledUpload, spoolUpload } from '../tables/spool-upload.js';
import type { GivenReading } from '../templates/reading/reading-hints.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import { jsonBytes } from './middleware/json-body.js';
import { parseInput } from './parse-input.js';
import { readBatchJson } from './read-batch-json.js';
import { readMultipart } from './read-multipart.js';
import { batchFormSchema, type newBatchSchema } from './schemas/batch.js';

export interface BatchInput {
  spec: BatchSpec;
  rows: AsyncIterable<BatchRow> | Iterable<BatchRow>;
  notes: string[];
  /** Asked for by a check only: small pictures of the rows that are worth a look. */
  previews: boolean;
  /** What tells this request from another, whole body and all. */
  fingerprint(): Promise<string>;
  /** Drops what was kept of the upload. */
  dispose(): Promise<void>;
}

export type ReadBatchInput = (req: Request, res: Response) => Promise<BatchInput>;

export interface BatchInputOptions {
  registry: TemplateRegistry;
  /** Where uploads lie while they are read. */
  uploadDirectory: string;
  maxUploadBytes: number;
  /** Of JSON. Longer lists are sent as CSV, which is never held in memory. */
  maxJsonBytes: number;
}

const MAX_FIELD_BYTES = 64 * 1024;
const MAX_FIELDS = 20;

type Options = Pick<
  (typeof newBatchSchema)['_output'],
  'template' | 'size' | 'output' | 'on_missing' | 'webhook_url' | 'item_webhooks'
>;

type ReadingOptions = Pick<(typeof newBatchSchema)['_output'], 'decimal' | 'date_order'>;

function specOf(options: Options): BatchSpec {
  return {
    template: options.template,
    ...(options.size ? { size: options.size } : {}),
    ...(options.output ? { output: options.output } : {}),
    ...(options.on_missing ? { onMissing: options.on_missing } : {}),
    ...(options.webhook_url ? { webhookUrl: options.webhook_url } : {}),
    itemWebhooks: options.item_webhooks,
  };
}

const namesOf = ({ manifest }: Template) =>
  Object.entries(manifest.fields).flatMap(([name, { label }]) => [name, label]);

type Mapping = (typeof batchFormSchema)['_output']['mapping'];

/** The columns that a mapping names; without any, those that are matched by name. */
function namesFor(mapping: Mapping, template: Template): string[] {
  const columns = Object.values(mapping ?? {}).flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    return 'column' in entry ? [entry.column] : [];
  });
  return columns.length > 0 ? columns : namesOf(template);
}

function givenReading({ decimal, date_order }: ReadingOptions): GivenReading {
  return {
    ...(decimal === undefined ? {} : { decimal }),
    ...(date_order === undefined ? {} : { dateOrder: date_order }),
  };
}

async function hashFile(path: string, more: string): Promise<string> {
  const hash = createHash('sha256').update(more);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Reads what a batch is begun or checked with: a list as JSON, or a form with a CSV. */
export function createReadBatchInput(options: BatchInputOptions): ReadBatchInput {
  const readBytes = jsonBytes(options.maxJsonBytes);

  async function readJson(req: Request, res: Response): Promise<BatchInput> {
    await new Promise<void>((resolve, reject) => {
      readBytes(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    const isNamed = req.get('Idempotency-Key') !== undefined;
    const json = await readBatchJson(req.body as Buffer, isNamed);
    await options.registry.load(json.options.template);
    const { reading, notes } = await readColumns(
      options.registry.get(json.options.template),
      json.rows.map(({ data }) => data),
      givenReading(json.options),
      (field) => field,
    );
    return {
      spec: { ...specOf(json.options), columns: json.columns, reading },
      rows: json.rows,
      notes,
      previews: false,
      fingerprint: async () => json.fingerprint,
      dispose: async () => undefined,
    };
  }

  async function readTable(fields: Record<string, string>, file: SpooledUpload) {
    const { body } = parseInput(
      { query: undefined, body: batchFormSchema },
      { query: undefined, body: fields },
    );
    const {
      mapping: wanted,
      previews,
      encoding,
      ...rest
    } = body as (typeof batchFormSchema)['_output'];
    await options.registry.load(rest.template);
    const template = options.registry.get(rest.template);
    const known = Object.entries(template.manifest.fields);
    const table = await openTable(file.path, {
      encoding: encoding === undefined ? undefined : knownEncoding(encoding),
      names: namesFor(wanted, template),
      keepResults: readsResults(wanted),
    });
    const mapping = resolveMapping(
      table.columns,
      wanted,
      known.map(([name, { label }]) => ({ name, label })),
    );
    const unused = mapping.unused.length > 0 ? [unusedNote(mapping.unused)] : [];
    async function* data() {
      for await (const { cells, problem } of table.rows()) {
        if (problem === undefined) yield mapRow(mapping, cells).data;
      }
    }
    const { reading, notes } = await readColumns(
      template,
      data(),
      // Spreadsheets separate cells by semicolons where the comma is the decimal mark.
      { ...givenReading(rest), ...(table.delimiter === ';' ? { listMark: ',' } : {}) },
      (field) => mapping.fields.find((one) => one.field === field)?.column ?? field,
    );
    return {
      spec: {
        ...specOf(rest),
        ...{ columns: table.columns, mapping, reading },
        table: { delimiter: table.delimiter, encoding: table.encoding },
      },
      rows: table.rows(),
      notes: [...table.notes, ...unused, ...notes],
      previews,
      fingerprint: () => hashFile(file.path, JSON.stringify(fields)),
      dispose: () => file.remove(),
    };
  }

  async function readForm(req: Request): Promise<BatchInput> {
    const { fields, file } = await readMultipart(req, {
      maxFieldBytes: MAX_FIELD_BYTES,
      maxFields: MAX_FIELDS,
      onFile: (stream) =>
        spoolUpload(stream, {
          directory: options.uploadDirectory,
          maxBytes: options.maxUploadBytes,
        }),
      discard: (taken) => taken.remove(),
    });
    if (!file) {
      throw invalidField('file', 'is missing: add the CSV as a file');
    }
    return readTable(fields, file).catch(async (error: unknown) => {
      await file.remove();
      throw error;
    });
  }

  return (req, res) => {
    if (req.is('multipart/form-data')) return readForm(req);
    if (req.is(['application/json', '+json'])) return readJson(req, res);
    throw new AppError('unsupported_media_type', {
      detail:
        'Send JSON (Content-Type: application/json), or a form with a CSV file (multipart/form-data).',
    });
  };
}

/** Whether a field is to be read from what an earlier batch has added, such as its pictures. */
function readsResults(mapping: Mapping): boolean {
  const read = Object.values(mapping ?? {}).map((entry) =>
    typeof entry === 'object' ? 'column' in entry && entry.column : entry,
  );
  return RESULT_COLUMNS.some((name) => read.includes(name));
}

const MAX_NAMED = 10;

function unusedNote(unused: string[]): string {
  const named = unused
    .slice(0, MAX_NAMED)
    .map((name) => `"${name}"`)
    .join(', ');
  const more = unused.length > MAX_NAMED ? ` and ${unused.length - MAX_NAMED} more` : '';
  return `Columns that no field is read from: ${named}${more}. They come back in the results.`;
}
