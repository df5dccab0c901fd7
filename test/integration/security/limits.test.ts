import { createServer } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpServer } from '../../../src/http/server.js';
import { formOf } from '../../support/batch-client.js';
import { askRaw, type RawAnswer } from '../../support/fuzz-client.js';
import {
  followed,
  type OpenapiDocument,
  type Operation,
  operationsOf,
  type Schema,
} from '../../support/openapi-operations.js';
import { startService, type TestService } from '../../support/service.js';

/*
 * Whatever a caller can make large, deep or many has an end, and is told where it is: the answer
 * names the field and the remedy. Nothing is drawn for it, so there is no worker here.
 */

const MEGABYTE = 1024 * 1024;

let service: TestService;
let document: OpenapiDocument;
/** Those that take JSON and have a key. */
let taking: Operation[];

beforeAll(async () => {
  service = await startService({ worker: false });
  document = (await service.api('/openapi.json')).json;
  taking = operationsOf(document).filter(
    ({ requestBody, needsKey }) => needsKey && requestBody?.content['application/json'],
  );
});
afterAll(() => service?.stop());

function ask(operation: Operation, body: Buffer | string, headers: Record<string, string> = {}) {
  return askRaw(service.url, {
    method: operation.method,
    target: operation.path.replaceAll(/\{\w+\}/g, 'note'),
    headers: {
      authorization: `Bearer ${service.key}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds
const jsonOf = ({ body }: RawAnswer): any => JSON.parse(body.toString());
const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

/** The first answer of each operation that is not as wanted, by name. */
async function wrongOnes(
  answers: (operation: Operation) => Promise<RawAnswer>,
  isRight: (answer: RawAnswer, operation: Operation) => boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  expect(taking.length).toBeGreaterThan(10);
  for (const operation of taking) {
    const answer = await answers(operation);
    if (!isRight(answer, operation)) {
      wrong.push(`${nameOf(operation)}: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
    }
  }
  return wrong;
}

const isTooLarge = (answer: RawAnswer) =>
  answer.status === 413 && /larger than \d+ bytes/.test(jsonOf(answer).detail);

/** The limit of a list as JSON is larger: it may hold thousands of rows. */
const bytesOver = ({ path }: Operation) => (path.startsWith('/v1/batches') ? 70 : 2) * MEGABYTE;

describe('bodies, on every route that takes one', () => {
  it('are refused by their announced length, before they are read', async () => {
    const wrong = await wrongOnes(
      (operation) => ask(operation, Buffer.alloc(bytesOver(operation), ' ')),
      isTooLarge,
    );
    expect(wrong).toEqual([]);
  }, 120_000);

  it.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['br', (bytes: Buffer) => brotliCompressSync(bytes)],
  ])(
    'that unfold to more than that are refused, compressed with %s',
    async (encoding, compress) => {
      const bombs = new Map<number, Buffer>();
      const bombFor = (operation: Operation) => {
        const bytes = bytesOver(operation);
        const bomb = bombs.get(bytes) ?? compress(Buffer.alloc(bytes, ' '));
        bombs.set(bytes, bomb);
        return bomb;
      };
      const wrong = await wrongOnes(
        (operation) => ask(operation, bombFor(operation), { 'content-encoding': encoding }),
        isTooLarge,
      );
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  it('nested by the thousand are refused, and break nothing', async () => {
    const deep = `${'{"data":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const wrong = await wrongOnes(
      (operation) => ask(operation, deep),
      ({ status }) => status === 400 || status === 422 || status === 404,
    );
    expect(wrong).toEqual([]);
  });

  it('cannot reach the prototype of anything', async () => {
    const wrong: string[] = [];
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const inner = `{"${key}":{"polluted":true,"prototype":{"polluted":true}}}`;
      for (const body of [
        inner,
        `{"template":"note","data":${inner},"output":${inner},"metadata":${inner}}`,
      ]) {
        wrong.push(
          ...(await wrongOnes(
            (operation) => ask(operation, body),
            ({ status }) => status >= 400 && status < 500,
          )),
        );
      }
    }
    expect(wrong).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});

describe('members of a body', () => {
  interface Bound {
    operation: Operation;
    name: string;
    /** Just over what the description says. */
    value: unknown;
  }

  function boundsOf(operation: Operation): Bound[] {
    const given = operation.requestBody?.content['application/json']?.schema ?? {};
    const { properties = {} } = followed(document, given);
    return Object.entries(properties).flatMap(([name, one]) => {
      const value = overBound(followed(document, one));
      return value === undefined ? [] : [{ operation, name, value }];
    });
  }

  function overBound({ type, maxLength, maxItems, maximum, items }: Schema): unknown {
    if (type === 'string' && maxLength !== undefined) return 'x'.repeat(maxLength + 1);
    if (type === 'array' && maxItems !== undefined) {
      return Array(maxItems + 1).fill(
        followed(document, items ?? {}).type === 'string' ? 'og' : {},
      );
    }
    const isNumber = type === 'integer' || type === 'number';
    return isNumber && maximum !== undefined ? maximum + 1 : undefined;
  }

  it('over the bound that the description tells are refused by name, with the bound', async () => {
    const bounds = taking.flatMap(boundsOf);
    expect(bounds.length).toBeGreaterThan(20);
    const wrong: string[] = [];
    for (const { operation, name, value } of bounds) {
      const answer = await ask(operation, JSON.stringify({ [name]: value }));
      const errors: { path: string; message: string }[] =
        answer.status === 422 ? jsonOf(answer).errors : [];
      const found = errors.find(({ path }) => path === name);
      if (!found || !/\d|must hold/.test(found.message)) {
        wrong.push(`${nameOf(operation)} ${name}: ${answer.body.toString().slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('of data are bounded in number, depth and length', async () => {
    const data = (value: unknown) =>
      service.api('/v1/images', { body: { template: 'note', data: value } });
    const cases: [unknown, RegExp][] = [
      [
        Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, 1])),
        /data: .*1000 values/,
      ],
      [{ title: [[[[[['deep']]]]]] }, /data: .*deeper than 5/],
      [{ title: 'x'.repeat(10_001) }, /data\.title: .*10,000/],
    ];
    for (const [value, detail] of cases) {
      const { status, json } = await data(value);
      expect([status, json.detail]).toEqual([422, expect.stringMatching(detail)]);
    }
  });

  it('cannot ask for more pixels than a template has', async () => {
    for (const [output, path] of [
      [{ scale: 4 }, 'output.scale'],
      [{ scale: 1e9 }, 'output.scale'],
      [{ width: 1e5 }, 'output.width'],
    ] as const) {
      const { status, json } = await service.api('/v1/images', {
        body: { template: 'note', data: { title: 'x' }, output },
      });
      expect([status, json.errors[0].path]).toEqual([422, path]);
    }
  });
});

describe('forms', () => {
  const csv = 'title\nHello\n';
  it.each([
    [
      'fields',
      formOf(csv, Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`f${i}`, 'x']))),
      /20 fields/,
    ],
    [
      'bytes of a field',
      formOf(csv, { template: 'note', mapping: 'x'.repeat(64 * 1024 + 1) }),
      /mapping: .*65536 bytes/,
    ],
    ['characters of a name', formOf(csv, { ['x'.repeat(200)]: 'x' }), /100 characters/],
  ])('with too many %s are refused', async (_name, form, detail) => {
    const { status, json } = await service.api('/v1/batches', { ...form, method: 'POST' });
    expect([status, json.detail]).toEqual([422, expect.stringMatching(detail)]);
  });
});

describe('addresses and headers', () => {
  it.each([
    ['a header', '/v1/images', { 'x-long': 'x'.repeat(17_000) }],
    [
      'many headers',
      '/v1/images',
      Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`x-header-${i}`, 'x'.repeat(20)])),
    ],
    ['a query', `/v1/images?cursor=${'x'.repeat(17_000)}`, {}],
    ['a path', `/v1/pages/${'x'.repeat(17_000)}`, {}],
  ])('end at 16 KB: %s', async (_name, target, headers) => {
    const answer = await askRaw(service.url, { method: 'GET', target, headers });
    expect(answer.status).toBe(431);
    expect(answer.contentType).toMatch(/^application\/problem\+json/);
    expect(jsonOf(answer).detail).toMatch(/16 KB\. Send/);
  });

  it.each([
    ['/v1/images', 'cursor', 501],
    ['/v1/images', 'template', 82],
    ['/v1/batches', 'cursor', 10],
    ['/v1/deliveries', 'cursor', 200],
  ])('name the value of a query that is too long: %s %s', async (path, name, length) => {
    const { status, json } = await service.api(`${path}?${name}=${'1'.repeat(length)}`);
    expect([status, json.errors[0].path]).toEqual([422, name]);
  });

  it('count every value of a query', async () => {
    const { status, json } = await service.api(`/v1/images?${'limit=1&'.repeat(200)}`);
    expect([status, json.errors[0].path]).toEqual([422, 'limit']);
  });
});

describe('waiting', () => {
  it("for a request that dribbles in has an end, well before the system's own", () => {
    const server = createHttpServer(() => undefined);
    expect(server.headersTimeout).toBeLessThanOrEqual(20_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(60_000);
    expect(server.keepAliveTimeout).toBeLessThanOrEqual(65_000);
    // Node's own default is 30 s, by which a caller would have that much more time.
    expect(Reflect.get(server, 'connectionsCheckingInterval')).toBeLessThanOrEqual(5_000);
    expect(createServer().requestTimeout).toBeGreaterThan(server.requestTimeout);
    server.close();
  });
});
