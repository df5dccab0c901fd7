import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { askRaw } from '../../support/fuzz-client.js';
import { knownParameters } from '../../support/fuzz-known.js';
import { type FuzzRequest, type KnownParameters, requestsOf } from '../../support/fuzz-requests.js';
import { ALLOWED_HOST } from '../../support/fuzz-values.js';
import { createAnswerCheck } from '../../support/openapi-answers.js';
import {
  type OpenapiDocument,
  type Operation,
  operationsOf,
} from '../../support/openapi-operations.js';
import { startService, type TestService } from '../../support/service.js';

/*
 * Requests made from our own API description, half of them right, half spoilt: whatever comes, the
 * answer is one that the description allows. FUZZ_RUNS and FUZZ_SEED change how many and which.
 */

const runs = Number(process.env.FUZZ_RUNS ?? 1_000);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_121);
/** As many as keep a small machine busy without making answers late. */
const AT_ONCE = 6;

let service: TestService;
let document: OpenapiDocument;
let operations: Operation[];
let known: KnownParameters;

beforeAll(async () => {
  service = await startService({ env: { EGRESS_ALLOW: ALLOWED_HOST } });
  document = (await service.api('/openapi.json')).json;
  operations = operationsOf(document);
  known = await knownParameters(service);
});
afterAll(() => service?.stop());

/** All operations in turn, right and spoilt requests in turn. */
function requests(): FuzzRequest[] {
  const each = Math.ceil(runs / operations.length / 2);
  const lists = operations.flatMap((operation, i) =>
    [true, false].map((valid, j) =>
      fc.sample(requestsOf(document, operation, known, valid), {
        numRuns: each,
        seed: seed + i * 2 + j,
      }),
    ),
  );
  return Array.from({ length: each }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat();
}

const shown = ({ operation, target, headers, body }: FuzzRequest) =>
  `${operation.method} ${target.slice(0, 300)} ${JSON.stringify(headers)} ${body?.subarray(0, 600).toString() ?? ''}`;

/** Needs a batch that is under way, which a request of its own cannot count on. */
const NEVER_SURE = new Set([
  'post_batches_id_cancel',
  // They need a valid key in the body, and the cookie that it gives.
  ...['post_session', 'get_session'],
  // They need files as bodies and published versions, and what is no folder.
  ...['post_templates_import', 'put_templates_id_draft_assets_name', 'put_templates_id_draft'],
  ...['delete_templates_id_draft_assets_name', 'post_templates_id_publish'],
  ...['post_templates_id_rollback', 'delete_templates_id'],
]);
/** Right requests of an operation of which chance let none be taken. A seed leaves two or three. */
const FURTHER_REQUESTS = 100;

describe(`requests made from the API description, FUZZ_RUNS=${runs} FUZZ_SEED=${seed}`, () => {
  it('never lead to a 500, nor to an answer that the description does not allow', async () => {
    const complaint = createAnswerCheck(document);
    const complaints: string[] = [];
    const accepted = new Set<string>();
    const statuses = new Map<number, number>();
    const waiting = requests();
    expect(waiting.length).toBeGreaterThanOrEqual(runs);

    async function askOne(one: FuzzRequest): Promise<void> {
      const { operation, target, headers, body } = one;
      const key = operation.needsKey ? { authorization: `Bearer ${service.key}` } : {};
      const call = { method: operation.method, target, headers: { ...key, ...headers }, body };
      const answer = await askRaw(service.url, call).catch((error: Error) => error);
      if (answer instanceof Error) {
        complaints.push(`the connection broke (${answer.message}):\n  ${shown(one)}`);
        return;
      }
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status < 300) accepted.add(operation.operationId);
      const found = complaint(operation, answer);
      if (found) complaints.push(`${found}\n  ${shown(one)}`);
    }

    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let one = waiting.shift(); one; one = waiting.shift()) await askOne(one);
      }),
    );
    const missing = () =>
      operations.filter(
        ({ operationId }) => !accepted.has(operationId) && !NEVER_SURE.has(operationId),
      );
    for (const operation of missing()) {
      const further = { numRuns: FURTHER_REQUESTS, seed: seed - 1 };
      for (const one of fc.sample(requestsOf(document, operation, known, true), further)) {
        if (!accepted.has(operation.operationId)) await askOne(one);
      }
    }
    expect(complaints).toEqual([]);
    expect(service.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    // The controls: every operation was really reached, and refusals of each kind were seen.
    expect(missing().map(({ operationId }) => operationId)).toEqual([]);
    if (runs >= 1_000) {
      expect([...statuses.keys()]).toEqual(
        expect.arrayContaining([400, 401, 403, 404, 409, 415, 422]),
      );
    }
  }, 600_000);
});
