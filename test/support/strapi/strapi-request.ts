import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the recorded requests were sent with. */
export const STRAPI_TOKEN = 'strapi-shared-token';

/** In the order in which Strapi sent them. */
export const STRAPI_REQUESTS = {
  create: '01',
  update: '02',
  publish: '03',
  unpublish: '04',
} as const;

/** A recorded request: the headers that matter, names in small letters, and the body's bytes. */
export function strapiRequest(which: keyof typeof STRAPI_REQUESTS) {
  const file = new URL(`./strapi-${STRAPI_REQUESTS[which]}.http`, import.meta.url);
  const text = readFileSync(fileURLToPath(file), 'utf8');
  const end = /\r?\n\r?\n/.exec(text);
  const head = text.slice(0, end?.index);
  const headers: Record<string, string> = {};
  for (const line of head.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const length = Number(headers['content-length']);
  const body = Buffer.from(text.slice((end?.index ?? 0) + (end?.[0].length ?? 0))).subarray(
    0,
    length,
  );
  const {
    'content-type': type = '',
    'x-og-token': token = '',
    'x-strapi-event': event = '',
  } = headers;
  return {
    headers: { 'content-type': type, 'x-og-token': token, 'x-strapi-event': event },
    body,
    length,
  };
}
