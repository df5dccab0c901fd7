import { type Program, pause } from './start-program.js';

export interface ImageAnswer {
  status: string;
  url: string;
  bytes: number;
  reused: boolean;
}

async function ask<T>(service: Program, path: string, body?: object): Promise<T> {
  const answer = await fetch(service.url + path, {
    headers: service.headers,
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** One picture, waited for. @throws Error where it is not completed */
export async function askImage(service: Program, request: object): Promise<ImageAnswer> {
  const image = await ask<ImageAnswer>(service, '/v1/images', { ...request, wait: 30 });
  if (image.status !== 'completed') throw new Error(`a picture is ${image.status}`);
  return image;
}

/** As a patient client does: each look counts the rows on their way. */
const LOOK_INTERVAL_MS = 250;
const OVER = ['completed', 'partial', 'failed', 'cancelled'];

export interface BatchRequest {
  template: string;
  items: object[];
  size?: string;
  output?: object;
}

interface BatchAnswer {
  id: string;
  status: string;
  counts: Record<string, number>;
  /** ISO 8601 UTC, or null before its end. */
  finished_at: string | null;
}

/**
 * A whole batch. Returns the seconds from the request to its end, by the service's word: it is looked
 * at too seldom to see that. @throws Error where a row of it was not drawn anew
 */
export async function askBatch(service: Program, request: BatchRequest): Promise<number> {
  const askedAtMs = Date.now();
  let batch = await ask<BatchAnswer>(service, '/v1/batches', request);
  while (!OVER.includes(batch.status)) {
    await pause(LOOK_INTERVAL_MS);
    batch = await ask(service, `/v1/batches/${batch.id}`);
  }
  if (batch.counts.completed !== request.items.length) {
    throw new Error(`a batch is ${batch.status}: ${JSON.stringify(batch.counts)}`);
  }
  return (Date.parse(batch.finished_at ?? '') - askedAtMs) / 1000;
}
