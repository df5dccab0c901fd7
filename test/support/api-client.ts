import { request } from 'node:http';

export interface ApiAnswer {
  status: number;
  headers: Record<string, string | undefined>;
  bytes: Buffer;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds
  json: any;
}

export interface ApiCall {
  method?: string;
  /** Sent as JSON; a string and bytes as they are. */
  body?: unknown;
  /** `null` sends none. */
  key?: string | null;
  headers?: Record<string, string>;
}

/**
 * Asks over a connection of its own, so that nothing is kept alive between two questions. Rejects
 * when the connection breaks.
 */
export function ask(url: string, key: string, call: ApiCall = {}): Promise<ApiAnswer> {
  const payload =
    call.body === undefined || typeof call.body === 'string' || Buffer.isBuffer(call.body)
      ? call.body
      : JSON.stringify(call.body);
  const shownKey = call.key === undefined ? key : call.key;
  return new Promise((resolve, reject) => {
    const req = request(url, {
      method: call.method ?? (payload === undefined ? 'GET' : 'POST'),
      agent: false,
      headers: {
        ...(shownKey === null ? {} : { authorization: `Bearer ${shownKey}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
    });
    req.on('error', reject);
    req.on('response', (res) => {
      const chunks: Buffer[] = [];
      res.on('error', reject);
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const isJson = /json(?!l)/.test(res.headers['content-type'] ?? '');
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers as Record<string, string | undefined>,
          bytes,
          json: isJson ? JSON.parse(bytes.toString()) : undefined,
        });
      });
    });
    req.end(payload);
  });
}
