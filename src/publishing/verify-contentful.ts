import { escape as escapeQuery } from 'node:querystring';
import type { HookRequest } from './source-ports.js';

const TIMESTAMP = 'x-contentful-timestamp';
const SIGNED_HEADERS = 'x-contentful-signed-headers';

/**
 * The path as Contentful signs it: the query is escaped as a whole, and the result is encoded once
 * more.
 */
function canonicalPath(path: string): string {
  const [pathname = '', search] = path.split('?');
  return encodeURI(search ? `${pathname}?${escapeQuery(search)}` : pathname);
}

/**
 * The text that Contentful signs: method, path, the headers listed in
 * `x-contentful-signed-headers`, by name, and the body, one per line (its documentation of request
 * verification).
 * @returns undefined if the time or the list itself is not signed, or the time is invalid
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
