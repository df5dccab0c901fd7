import type { Response } from 'express';
import type { BatchRow } from '../../batches/batch.js';
import type { BatchCheck } from '../../batches/check-rows.js';
import { readRow } from '../../batches/read-row.js';
import type { CheckRow } from '../../batches/resolve-check-row.js';
import { warningOf } from '../../errors/warning.js';
import { keyCaller } from '../../images/caller.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import type { BatchInput, ReadBatchInput } from '../read-batch-input.js';
import { batchCheckAnswerSchema, batchCheckQuery } from '../schemas/batch-check.js';
import { sendLongJson } from '../send-long-json.js';
import { batchBodies } from './batch-routes.js';

/** Proxies commonly give up on a connection that is silent for a minute. */
const SILENCE_MS = 15_000;

export interface BatchCheckRoutesDeps {
  check: BatchCheck;
  readInput: ReadBatchInput;
}

async function* toCheckRows({ spec, rows }: BatchInput): AsyncIterable<CheckRow> {
  let row = 0;
  for await (const given of rows) {
    row += 1;
    yield toCheckRow(spec, given, row);
  }
}

function toCheckRow(spec: BatchInput['spec'], given: BatchRow, row: number): CheckRow {
  const { line, ref, problem } = given;
  const { request, warnings } = readRow(spec, given);
  return {
    row,
    ...(line ? { line } : {}),
    ...(ref ? { ref } : {}),
    data: request.data,
    problems: problem ? [warningOf('row_unreadable', problem), ...warnings] : warnings,
  };
}

/** Blanks before the JSON, so that a check of many rows is not taken for a dead connection. */
function keepAlive(res: Response): () => void {
  const timer = setInterval(() => {
    if (!res.headersSent) {
      res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    }
    res.write(' ');
  }, SILENCE_MS);
  return () => clearInterval(timer);
}

/** Lists, looked at before anything is drawn. */
export function batchCheckRoutes({ check, readInput }: BatchCheckRoutesDeps): Endpoint[] {
  const run = defineEndpoint({
    method: 'post',
    path: '/v1/batches/check',
    summary: 'Look at every row of a list without drawing it',
    description:
      'Takes what POST /v1/batches takes. Resolves the fields of every row, lays its text out in a page, and looks once at each address of a picture. The answer has the problems of every row, rows that give the same picture, and the twelve rows most worth a look; with `previews=true` (form or query) these are drawn, small. Nothing is stored. Contrast is judged in previews alone.',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    query: batchCheckQuery,
    rawBodies: batchBodies,
    answers: {
      200: {
        description: 'The report. Of long lists it may begin with blanks.',
        content: { 'application/json': batchCheckAnswerSchema },
      },
    },
    errors: ['template_not_found', 'rate_limited', 'preview_timeout', 'browser_unavailable'],
    async handle({ query }, res, req) {
      const input = await readInput(req, res);
      const gone = new AbortController();
      res.on('close', () => gone.abort());
      const stop = keepAlive(res);
      try {
        const { template, size, output, onMissing, reading } = input.spec;
        const report = await check(toCheckRows(input), {
          ...{ template, size, output, onMissing, reading, signal: gone.signal },
          caller: keyCaller(res.locals.keyId),
          previews: input.previews || query.previews === 'true',
        });
        const body = { file_notes: input.notes, ...report };
        stop();
        await sendLongJson(res, body);
      } catch (error) {
        // Too late for another status: a broken connection says that it failed.
        if (res.headersSent) res.destroy();
        else throw error;
      } finally {
        stop();
        await input.dispose();
      }
    },
  });
  return [run];
}
