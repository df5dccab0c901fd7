import { request } from 'node:http';
import type { GivenAnswer } from './openapi-answers.js';

export interface RawRequest {
  method: string;
  /** Path and query: sent as they are, where a URL would have been tidied up. */
  target: string;
  headers?: Record<string, string>;
  body?: Buffer | string | undefined;
}

export interface RawAnswer extends GivenAnswer {
  headers: Record<string, string | string[] | undefined>;
}

/** Whatever hangs longer than the longest `wait` is a finding. */
const TIMEOUT_MS = 90_000;

/** Asks exactly what is given, over a connection of its own. Rejects when the connection breaks. */
export function askRaw(origin: string, call: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const req = request({
      ...{ hostname, port, method: call.method, path: call.target, agent: false },
      headers: {
        ...call.headers,
        ...(call.body === undefined ? {} : { 'content-length': Buffer.byteLength(call.body) }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    req.on('error', reject);
    req.on('response', (res) => {
      const chunks: Buffer[] = [];
      res.on('error', reject);
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => {
        const contentType = res.headers['content-type'];
        const body = Buffer.concat(chunks);
        resolve({ status: res.statusCode ?? 0, headers: res.headers, contentType, body });
      });
    });
    req.end(call.body);
  });
}
