import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askRaw } from '../../support/fuzz-client.js';
import { createAnswerCheck } from '../../support/openapi-answers.js';
import {
  type OpenapiDocument,
  type Operation,
  operationsOf,
} from '../../support/openapi-operations.js';
import { startService, type TestService } from '../../support/service.js';

/*
 * Names in addresses are looked up, never joined into paths: whatever stands there, no file outside
 * of what is served is read, and none inside by another name than its own.
 */

const CANARY = 'canary-1f0c52-that-nobody-serves';

let service: TestService;
let operations: Operation[];
let complaint: ReturnType<typeof createAnswerCheck>;
let beside: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  const document: OpenapiDocument = (await service.api('/openapi.json')).json;
  operations = operationsOf(document).filter(({ path }) => path.includes('{'));
  complaint = createAnswerCheck(document);
  beside = join(dirname(service.dataDir), `${CANARY}.png`);
  await writeFile(beside, CANARY);
  await writeFile(join(service.dataDir, 'canary.png'), CANARY);
  await writeFile(join(service.dataDir, 'canary'), CANARY);
});
afterAll(() => service?.stop());

/** Names of files in all the spellings that have led somewhere. */
function spellings(): string[] {
  const up = [
    '../',
    '..%2f',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%5c',
    '..\\',
    '%252e%252e%252f',
    '..%c0%af',
    '..;/',
    '.%2e/',
    '%ef%bc%8e%ef%bc%8e%2f',
    '%e2%80%a5%2f',
    '....//',
  ];
  const files = ['canary.png', `${CANARY}.png`, 'etc/passwd'];
  const climbing = up.flatMap((step) =>
    [1, 12].flatMap((times) => files.map((file) => step.repeat(times) + file)),
  );
  const absolute = [
    '%2fetc%2fpasswd',
    '//etc/passwd',
    `${encodeURIComponent(join(service.dataDir, 'canary.png'))}`,
    'file:%2f%2f%2fetc%2fpasswd',
    'C:%5cwindows%5cwin.ini',
    '%5c%5clocalhost%5cc$',
  ];
  const odd = [
    '.',
    '..',
    '%2e',
    '%2e%2e',
    'canary.png%00.png',
    '%00',
    '..%00/canary.png',
    'canary.png%0a',
    '%',
    '%zz',
    '%c3%28',
    '%ff%fe',
    '*',
    '__proto__',
    'constructor',
    'note/../../canary.png',
    'note%2f..%2f..%2fcanary.png',
    'n%6fte/..%2fcanary.png',
    'a'.repeat(8_000),
    `${'../'.repeat(1_500)}etc/passwd`,
    `${encodeURIComponent('‮'.repeat(200))}`,
  ];
  return [...climbing, ...absolute, ...odd];
}

/** A target that asks for the name as it stands; those that cannot be sent as they are, encoded. */
const targetOf = (path: string, name: string) =>
  path.replaceAll(/\{\w+\}/g, () => name).replaceAll(/[^!-~]/g, (c) => encodeURIComponent(c));

const smallestBody = (operation: Operation): string | undefined =>
  operation.requestBody ? '{"template":"note","data":{"title":"x"}}' : undefined;

async function ask(operation: Operation, name: string) {
  const body = smallestBody(operation);
  return askRaw(service.url, {
    method: operation.method,
    target: targetOf(operation.path, name),
    headers: {
      authorization: `Bearer ${service.key}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body,
  });
}

describe('a name in an address', () => {
  it('never leads to a file: every route, every spelling', async () => {
    expect(operations.length).toBeGreaterThan(20);
    const complaints: string[] = [];
    let asked = 0;
    for (const operation of operations) {
      const answers = await Promise.all(
        spellings().map(async (name) => ({ name, answer: await ask(operation, name) })),
      );
      for (const { name, answer } of answers) {
        asked += 1;
        const shown = `${operation.method} ${operation.path} with ${name.slice(0, 80)}`;
        const text = answer.body.toString('latin1');
        // An answer may repeat the name that was asked for, but for what the file holds.
        const told = text.replaceAll(`${CANARY}.png`, '');
        if (told.includes(CANARY) || /root:.*:0:0:/.test(text))
          complaints.push(`${shown}: read a file`);
        if (answer.status >= 500)
          complaints.push(`${shown}: ${answer.status} ${text.slice(0, 200)}`);
        // Where the name changed the route, the other one has answered by its own rules.
        const isRefused = [401, 403, 404, 405, 422, 431].includes(answer.status);
        if (!isRefused && complaint(operation, answer)) {
          complaints.push(`${shown}: ${answer.status} ${text.slice(0, 200)}`);
        }
        if (answer.status < 300 && !takesAnyName(operation)) {
          complaints.push(`${shown}: ${answer.status} ${text.slice(0, 200)}`);
        }
      }
    }
    expect(complaints).toEqual([]);
    expect(asked).toBeGreaterThan(2_000);
  }, 180_000);

  it('is found by its right name: the control', async () => {
    const { status } = await service.api('/v1/templates/note');
    expect(status).toBe(200);
  });
});

/** Names that a caller chooses: written, they are there. */
function takesAnyName({ path }: Operation): boolean {
  return /^\/v1\/(?:pages|sources)\//.test(path) || path === '/p/{path}';
}
