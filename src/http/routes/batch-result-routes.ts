import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Batch } from '../../batches/batch.js';
import type { BatchItem, BatchService } from '../../batches/batch-service.js';
import { invalidField } from '../../errors/invalid-field.js';
import { csvStream } from '../../tables/csv-writer.js';
import { zipStream } from '../../tables/zip-writer.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { resultImages, resultLines, resultTable } from '../presenters/batch-results.js';
import { batchResultsQuery, batchZipQuery } from '../schemas/batch.js';
import { assertBatchId, batchParam } from './batch-routes.js';

export interface BatchResultRoutesDeps {
  batches: BatchService;
  /** The bytes of a stored picture. */
  readPicture(key: string): Promise<Buffer | undefined>;
}

/** Sends a file that is made while it is read; a client that goes away ends its making. */
async function sendFile(res: Response, name: string, type: string, body: Readable): Promise<void> {
  res.writeHead(200, {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  });
  // Too late for another status: the connection breaks, so that no half is taken for the whole.
  await pipeline(body, res).catch(() => res.destroy());
}

function assertColumn({ spec }: Batch, column: string | undefined): void {
  const columns = spec.columns ?? [];
  if (column === undefined || columns.includes(column)) return;
  const known = columns.join(', ');
  throw invalidField('name', `is no column of this batch. Its columns are: ${known}.`);
}

/** As the list came; items in JSON have no such form. */
function writtenAs({ spec: { table } }: Batch) {
  const { delimiter = ',', encoding = 'utf-8' } = table ?? {};
  return { delimiter, encoding };
}

/** What became of a batch, to take away; also while it runs. */
export function batchResultRoutes({ batches, readPicture }: BatchResultRoutesDeps): Endpoint[] {
  const file = (
    ending: string,
    type: string,
    summary: string,
    description: string,
    body: (batch: Batch, items: AsyncIterable<BatchItem>) => Readable,
    typeOf: (batch: Batch) => string = () => type,
  ) =>
    defineEndpoint({
      method: 'get',
      path: `/v1/batches/{id}/results.${ending}`,
      summary,
      description,
      tag: 'Batches',
      access: 'key',
      scope: 'batches',
      params: batchParam,
      query: batchResultsQuery,
      answers: { 200: { description: 'The file.', content: { [type]: undefined } } },
      errors: ['batch_not_found'],
      async handle({ params, query }, res) {
        assertBatchId(params.id);
        const { batch, items } = await batches.results(params.id, query);
        await sendFile(res, `${batch.id}.${ending}`, typeOf(batch), body(batch, items));
      },
    });

  const zip = defineEndpoint({
    method: 'get',
    path: '/v1/batches/{id}/results.zip',
    summary: 'Get the pictures of a batch as one archive',
    description: 'Rows without a picture are not in it; results.csv says why.',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    params: batchParam,
    query: batchZipQuery,
    answers: { 200: { description: 'The file.', content: { 'application/zip': undefined } } },
    errors: ['batch_not_found'],
    async handle({ params, query }, res) {
      assertBatchId(params.id);
      const { batch, items } = await batches.results(params.id);
      assertColumn(batch, query.name);
      const entries = resultImages(batch, items, { nameColumn: query.name, read: readPicture });
      await sendFile(res, `${batch.id}.zip`, 'application/zip', zipStream(entries));
    },
  });

  return [
    file(
      'csv',
      'text/csv; charset=utf-8',
      'Get the rows back with their addresses, as CSV',
      "The input's columns, then `image_url`, `status` and `warnings`, in the delimiter and the encoding of the list that was sent. What a spreadsheet would take for a formula has an apostrophe before it, also behind a `;`, a tab or a line break within a cell; sent in again, the file is read without these.",
      (batch, items) => csvStream(resultTable(batch, items), writtenAs(batch)),
      (batch) => `text/csv; charset=${writtenAs(batch).encoding}`,
    ),
    file(
      'json',
      'application/json',
      'Get the rows back with their addresses, as JSON',
      'A list with one entry on each line.',
      (batch, items) => Readable.from(resultLines(batch, items, true)),
    ),
    file(
      'jsonl',
      'application/jsonl',
      'Get the rows back with their addresses, as JSON Lines',
      'One object on each line, as it can be read in a stream.',
      (batch, items) => Readable.from(resultLines(batch, items, false)),
    ),
    zip,
  ];
}
