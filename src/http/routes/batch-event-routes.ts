import type { Response } from 'express';
import { type Batch, endedRows, isOver } from '../../batches/batch.js';
import type { BatchService, BatchView } from '../../batches/batch-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentBatch } from '../presenters/present-batch.js';
import { assertBatchId, batchParam } from './batch-routes.js';

/** How often a batch is looked at; what did not change is not sent. */
const INTERVAL_MS = 500;
/** A comment now and then, so that no proxy takes the silence for an end. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

/** Grows with every change that an event can tell of. */
const eventId = (batch: Batch) => `${batch.run}-${endedRows(batch)}${isOver(batch) ? '-over' : ''}`;

function send(res: Response, event: 'progress' | 'done', view: BatchView): void {
  const data = JSON.stringify(presentBatch(view));
  res.write(`id: ${eventId(view.batch)}\nevent: ${event}\ndata: ${data}\n\n`);
}

/** The progress of a batch as server-sent events. */
export function batchEventRoutes({
  batches,
  ending,
}: {
  batches: BatchService;
  /** Aborted when the process ends; clients connect again, to another. */
  ending: AbortSignal;
}): Endpoint[] {
  const events = defineEndpoint({
    method: 'get',
    path: '/v1/batches/{id}/events',
    summary: 'Follow a batch as server-sent events',
    description:
      '`progress` whenever rows ended, `done` once when the batch is over; then the stream ends. Each event holds the whole batch, so that one that was missed is made up for by the next. Resumed with `Last-Event-ID`, the first event is the first change after it.',
    tag: 'Batches',
    access: 'key',
    scope: 'batches',
    params: batchParam,
    answers: {
      200: { description: 'The stream.', content: { 'text/event-stream': undefined } },
      204: { description: 'The last event that you saw was the last: do not reconnect.' },
    },
    errors: ['batch_not_found'],
    async handle({ params }, res, req) {
      assertBatchId(params.id);
      let view = await batches.get(params.id);
      let lastId = req.get('Last-Event-ID');
      if (isOver(view.batch) && lastId === eventId(view.batch)) {
        res.status(204).end();
        return;
      }
      const gone = new AbortController();
      res.on('close', () => gone.abort());
      const over = AbortSignal.any([gone.signal, ending]);
      res.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        // nginx would collect the events otherwise.
        'X-Accel-Buffering': 'no',
      });
      res.write(`retry: ${RETRY_MS}\n\n`);
      let sentAt = performance.now();
      while (!over.aborted) {
        const done = isOver(view.batch);
        if (eventId(view.batch) !== lastId) {
          send(res, done ? 'done' : 'progress', view);
          lastId = eventId(view.batch);
          sentAt = performance.now();
        } else if (performance.now() - sentAt > HEARTBEAT_MS) {
          res.write(': still here\n\n');
          sentAt = performance.now();
        }
        if (done) break;
        await pause(INTERVAL_MS, over);
        view = await look(batches, params.id, view);
      }
      res.end();
    },
  });
  return [events];
}

/** A Redis that is away for a moment must not end the stream. */
async function look(batches: BatchService, id: string, last: BatchView): Promise<BatchView> {
  return batches.get(id).catch(() => last);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
