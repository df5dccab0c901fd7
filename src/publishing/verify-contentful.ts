import { escape as escapeQuery } from 'node:querystring';
import type { HookRequest } from './source-ports.js';

const TIMESTAMP = 'x-contentful-timestamp';
const SIGNED_HEADERS = 'x-contentful-signed-headers';

/** The query is encoded as a whole, and the result once more: so it is signed. */
function canonicalPath(path: string): string {
  const [pathname = '', search] = path.split('?');
  return encodeURI(search ? `${pathname}?${escapeQuery(search)}` : pathname);
}

/**
 * What Contentful signs: method, path, the headers that `x-contentful-signed-headers` lists, by
 * name, and the body, on a line each (its documentation of request verification).
 * @returns undefined where the time or the list itself is not signed, or is none
 */
export function contentfulMessage(
  request: HookRequest,
): { parts: (string | Buffer)[]; atMs: number } | undefined {
  const { headers } = request;
  const names = (headers[SIGNED_HEADERS] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const atMs = Number(headers[TIMESTAMP]);
  if (!names.includes(TIMESTAMP) || !names.includes(SIGNED_HEADERS)) return undefined;
  if (!Number.isSafeInteger(atMs)) return undefined;
  const signed = [...new Set(names)]
    .sort()
    .flatMap((name) => (headers[name] === undefined ? [] : [`${name}:${headers[name].trim()}`]))
    .join(';');
  const head = ['POST', canonicalPath(request.path), signed].join('\n');
  return { parts: [`${head}\n`, request.body], atMs };
}
