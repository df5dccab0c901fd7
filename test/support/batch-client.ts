import type { ApiAnswer } from './api-client.js';
import { until } from './until.js';

type Api = (
  path: string,
  call?: { method?: string; body?: unknown; headers?: Record<string, string> },
) => Promise<ApiAnswer>;

/** A form with a CSV, as a browser would send it. */
export function formOf<Csv extends string | Buffer>(
  csv: Csv,
  fields: Record<string, string>,
): { body: Csv; headers: Record<string, string> } {
  const boundary = 'cardpress-test-boundary';
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\nContent-Type: text/csv\r\n\r\n`;
  const end = `\r\n--${boundary}--\r\n`;
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const body =
    typeof csv === 'string'
      ? `${parts.join('')}${file}${csv}${end}`
      : Buffer.concat([Buffer.from(parts.join('') + file), csv, Buffer.from(end)]);
  return { body: body as Csv, headers };
}

const OVER = ['completed', 'partial', 'failed', 'cancelled'];

/** Until a batch is over; an API that is away for a while is asked again. */
export function untilOver(api: Api, id: string, timeoutMs = 120_000) {
  return until(async () => {
    const answer = await api(`/v1/batches/${id}`).catch(() => undefined);
    return answer?.status === 200 && OVER.includes(answer.json.status) && answer.json;
  }, timeoutMs);
}

export interface Event {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the event holds
  data: any;
}

/** A stream of server-sent events that has ended. */
export function readEvents(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('event: '))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    });
}
