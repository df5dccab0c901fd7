import fc from 'fast-check';
import { injectionCorpus } from './injection-corpus.js';
import { followed, type OpenapiDocument, type Schema } from './openapi-operations.js';

/** Lets a hook through; the source of the tests holds it. */
export const HOOK_SECRET = 'a-secret-of-the-fuzz-tests';
/** Nobody listens there; the service is told that it may be called all the same. */
export const ALLOWED_HOST = '127.9.9.9:4711';

/**
 * Addresses that a field of ours may hold. None leads out of the machine: `.invalid`
 * never resolves (RFC 6761, section 6.4).
 */
const addresses: readonly string[] = [
  'http://127.9.9.9:4711/picture.png',
  'http://[::1]:9/',
  'https://cardpress.invalid/a?b=c#d',
  'http://169.254.169.254/latest/meta-data',
  'HTTP://LOCALHOST:9\\@cardpress.invalid/',
  'http://0x7f090909:4711/',
  'http://',
  'http://user:pass@cardpress.invalid/',
  '//cardpress.invalid',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:image/png;base64,AAAA',
  'asset:logo.svg',
  'asset:../../../etc/passwd',
];

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', 'length'];

/** Text of every kind that has broken programs. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...injectionCorpus) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(...addresses, ...names) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 60, max: 12_000 }).map((n) => 'Wörter '.repeat(n / 7)),
  },
);

const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, -1, 1, 1e308, 5e-324, 2 ** 53, -(2 ** 63), 0.1),
);

/** Any JSON, flat or deep. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 3, arbitrary: numbers },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, [], {}) },
  { weight: 2, arbitrary: fc.array(fc.oneof(text, numbers), { maxLength: 5 }) },
  {
    weight: 2,
    arbitrary: fc.dictionary(fc.oneof(text, fc.constantFrom(...names)), text, { maxKeys: 4 }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map((depth) => nested(depth)) },
  { weight: 1, arbitrary: fc.constantFrom(300, 1_500).map((n) => Array(n).fill('x')) },
);

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? { a: value } : [value];
  return value;
}

/** Data of the templates that the tests are drawn with: often right, now and then not. */
const data = fc.record(
  {
    title: fc.oneof(fc.constantFrom('Hello', 'سلام', '你好 👋🏽'), text),
    body: text,
    accent: fc.oneof(fc.constantFrom('#123456', 'rebeccapurple'), text),
    count: fc.oneof(fc.integer({ min: 0, max: 1000 }), text),
    published: fc.oneof(fc.constant('2026-11-21'), text),
    logo: fc.constantFrom(...addresses),
  },
  { requiredKeys: ['title'] },
);
const plainData = fc.record({ title: fc.string({ minLength: 1, maxLength: 30 }) });

/** What would otherwise be hit by chance alone: names of what there is. */
const known: Record<string, fc.Arbitrary<unknown>> = {
  template: fc.constant('note'),
  design_id: fc.constant('note'),
  size: fc.constantFrom('og', 'square'),
  sizes: fc.constantFrom(['og'], ['square', 'og']),
  url: fc.constantFrom(...addresses.slice(0, 6)),
  page_url: fc.constantFrom(...addresses.slice(0, 4)),
  site_url: fc.constantFrom('https://cardpress.invalid', 'http://127.9.9.9:4711'),
  webhook_url: fc.constant(`http://${ALLOWED_HOST}/hook`),
  kind: fc.constant('generic'),
  signature: fc.constant({ scheme: 'token', header: 'X-Token' }),
  page: fc.constantFrom('posts/one', 'posts/{{title}}'),
  event: fc.constant('publish'),
  map: fc.constantFrom({ title: '{{title}}' }, { title: '{{upper title}}' }),
  secret: fc.constant(HOOK_SECRET),
  fields: fc.constantFrom({ title: { max_length: 20 } }),
  fixed: fc.constant({ title: 'Hello' }),
  headers: fc.constantFrom({}, { 'X-Contentful-Topic': 'ContentManagement.Entry.publish' }),
  expires_at: fc.constantFrom('2027-01-31T12:00:00Z', '2020-01-31T12:00:00+02:00'),
  wait: fc.constantFrom(0, 1, 10),
};

/** A value that the schema takes; texts and data are of the hostile kind. */
export function valueFor(
  document: OpenapiDocument,
  given: Schema,
  name = '',
): fc.Arbitrary<unknown> {
  const schema = followed(document, given);
  const ownKnown = known[name];
  if (ownKnown && schema.type !== 'boolean') return ownKnown;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => valueFor(document, one)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -5,
        max: Math.min(schema.maximum ?? 1e6, 2 ** 31),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true });
    case 'array':
      return fc.array(valueFor(document, schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'object':
      return objectOf(document, schema);
    default:
      return stringOf(schema);
  }
}

function objectOf(document: OpenapiDocument, schema: Schema): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const values = schema.additionalProperties;
    if (typeof values !== 'object') return fc.oneof(plainData, data);
    return fc.dictionary(
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
      valueFor(document, values),
      { maxKeys: 3 },
    );
  }
  const members = properties.map(([name, one]) => [name, valueFor(document, one, name)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: schema.required ?? [] });
}

function stringOf(schema: Schema): fc.Arbitrary<string> {
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
  const { minLength = 0, maxLength = 60 } = schema;
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) });
}
