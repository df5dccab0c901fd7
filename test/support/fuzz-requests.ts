import fc from 'fast-check';
import { spoiltBody } from './fuzz-mutations.js';
import { HOOK_SECRET, text, valueFor } from './fuzz-values.js';
import type { OpenapiDocument, Operation, Parameter } from './openapi-operations.js';

export interface FuzzRequest {
  operation: Operation;
  /** Path and query, encoded as they go over the wire. */
  target: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** Path parameters that exist, encoded, by the start of the path that they stand in; longest first. */
export type KnownParameters = [prefix: string, values: string[]][];

const BOUNDARY = 'cardpress-fuzz';

function formOf(parts: Record<string, string>, csv: string): Buffer {
  const fields = Object.entries(parts).map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${csv}\r\n`;
  return Buffer.from(`${fields.join('')}${file}--${BOUNDARY}--\r\n`);
}

const csv = fc.oneof(
  fc.constantFrom('title\nHello\n', 'title;body\nA;B\n', 'title\n"never ends\n', '', 'title\n'),
  text,
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const form = fc
  .tuple(
    fc.dictionary(
      fc.constantFrom('template', 'mapping', 'size', 'output', 'on_missing', 'nobody', '__proto__'),
      fc.oneof(fc.constantFrom('note', 'og', '{"title":"title"}', '{', 'reject'), text),
    ),
    csv,
  )
  .map(([parts, table]) => formOf({ template: 'note', ...parts }, table));
const plainForm = csv.map((table) => formOf({ template: 'note' }, table));

interface Sent {
  body: Buffer | undefined;
  contentType: string | undefined;
}

function bodyOf(
  document: OpenapiDocument,
  operation: Operation,
  valid: boolean,
): fc.Arbitrary<Sent> {
  const content = operation.requestBody?.content;
  if (!content) return fc.constant({ body: undefined, contentType: undefined });
  const json = valueFor(document, content['application/json']?.schema ?? {});
  const rightType = fc.constant('application/json');
  const written = valid ? json.map((value) => JSON.stringify(value)) : spoiltBody(json);
  const type = valid
    ? rightType
    : fc.oneof(
        { weight: 6, arbitrary: rightType },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'text/plain',
            'application/json; charset=utf-16',
            'application/json; charset="',
            'multipart/form-data',
            'application/x-www-form-urlencoded',
            '',
          ),
        },
      );
  const asJson = fc
    .tuple(written, type)
    .map(([body, contentType]): Sent => ({ body: Buffer.from(body), contentType }));
  if (!content['multipart/form-data']) return asJson;
  const asForm = (valid ? plainForm : form).map(
    (body): Sent => ({ body, contentType: `multipart/form-data; boundary=${BOUNDARY}` }),
  );
  return fc.oneof(asJson, asForm);
}

/** Halves of surrogate pairs cannot be encoded in an address. */
const wellFormed = (value: string) => Buffer.from(value).toString();

const brokenSegment = fc.constantFrom(
  '%',
  '%zz',
  '%c3%28',
  '%00',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e',
  '..%5c',
  '__proto__',
  'constructor',
  'a'.repeat(3_000),
);

function segment(
  operation: Operation,
  known: KnownParameters,
  valid: boolean,
): fc.Arbitrary<string> {
  const values = known.find(([prefix]) => operation.path.startsWith(prefix))?.[1] ?? ['x'];
  const right = fc.constantFrom(...values);
  if (valid) return right;
  const hostile = text
    .filter((value) => value !== '')
    .map((value) => encodeURIComponent(wellFormed(value.slice(0, 300))));
  return fc.oneof(
    { weight: 2, arbitrary: right },
    { weight: 1, arbitrary: hostile },
    { weight: 1, arbitrary: brokenSegment },
  );
}

function queryOf(
  document: OpenapiDocument,
  all: Parameter[],
  valid: boolean,
): fc.Arbitrary<string> {
  const pair = (name: string, value: unknown) =>
    `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(String(value)))}`;
  const pairs = all
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema = {} }) => {
      const right = valueFor(document, schema, name);
      const value = valid
        ? right
        : fc.oneof(
            right,
            text.map((t) => t.slice(0, 1_000)),
          );
      return fc.option(value).map((v) => (v === null ? '' : pair(name, v)));
    });
  const extra = fc.constantFrom(
    '',
    '',
    'a=1',
    'limit=1&limit=2',
    'limit[]=1',
    '__proto__[x]=1',
    '%',
    'a=%zz',
    '&&=',
  );
  return fc
    .tuple(fc.tuple(...pairs), valid ? fc.constant('') : extra)
    .map(([own, more]) => [...own, more].filter((part) => part !== '').join('&'));
}

const oddHeaders = fc.constantFrom<Record<string, string>>(
  {},
  {},
  {},
  { accept: 'text/html' },
  { accept: 'nothing/at-all;q=0' },
  { range: 'bytes=0-0' },
  { range: 'bytes=9999999-' },
  { 'if-none-match': '*' },
  { 'if-modified-since': 'never' },
  { 'last-event-id': '1-1-over' },
  { 'idempotency-key': 'again' },
  { 'idempotency-key': 'k'.repeat(300) },
  { 'x-request-id': '\u00ff"><b>' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br' },
  { 'content-encoding': 'none-such' },
  { 'x-http-method-override': 'DELETE' },
  { authorization: 'Basic AAAA' },
  { 'x-token': 'another' },
  { 'x-forwarded-for': "127.0.0.1, ' OR 1=1" },
  { cookie: '__proto__=1' },
);

/** Requests of one operation: as the document describes them, or spoilt in some place. */
export function requestsOf(
  document: OpenapiDocument,
  operation: Operation,
  known: KnownParameters,
  valid: boolean,
): fc.Arbitrary<FuzzRequest> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => String(match[1]));
  return fc
    .record({
      segments: fc.tuple(...names.map(() => segment(operation, known, valid))),
      query: queryOf(document, operation.parameters, valid),
      sent: bodyOf(document, operation, valid),
      odd: valid ? fc.constant({}) : oddHeaders,
    })
    .map(({ segments, query, sent, odd }) => {
      let next = 0;
      const path = operation.path.replaceAll(/\{\w+\}/g, () => {
        next += 1;
        return segments[next - 1] ?? '';
      });
      const type = sent.contentType ? { 'content-type': sent.contentType } : {};
      const target = query === '' ? path : `${path}?${query}`;
      const headers = { ...type, 'x-token': HOOK_SECRET, 'if-match': '*', ...odd };
      return { operation, target, headers, body: sent.body };
    });
}
