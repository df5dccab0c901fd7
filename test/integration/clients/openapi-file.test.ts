import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startService, type TestService } from '../../support/service.js';

const file = new URL('../../../docs/openapi.json', import.meta.url);

let service: TestService;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service?.stop());

it('docs/openapi.json is what a service says of itself, but for its address', async () => {
  const { json } = await service.api('/openapi.json');
  const [server] = (json as { servers: unknown[] }).servers;
  expect(server).toEqual({ url: service.url });
  const written = JSON.parse(await readFile(file, 'utf8')) as object;
  expect({ ...(json as object), servers: [] }).toEqual({ ...written, servers: [] });
});
