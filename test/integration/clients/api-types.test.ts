import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startService, type TestService } from '../../support/service.js';
import { type ApiDocument, writeApiTypes } from './write-api-types.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const file = `${root}clients/js/src/api-types.ts`;

let service: TestService;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service?.stop());

/** As the project formats its code, so that the file is held to the same rules. */
function formatted(code: string): string {
  const program = `${root}node_modules/@biomejs/biome/bin/biome`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [program, 'format', `--stdin-file-path=${file}`],
    { input: code, encoding: 'utf8', cwd: root },
  );
  if (status !== 0) throw new Error(`Biome cannot read what was written: ${stderr}`);
  return stdout;
}

it("the client's types are those of the service (UPDATE_DOCS=true writes them)", async () => {
  const { json } = await service.api('/openapi.json');
  const expected = formatted(writeApiTypes(json as ApiDocument));
  if (process.env.UPDATE_DOCS === 'true') await writeFile(file, expected);
  expect(await readFile(file, 'utf8')).toBe(expected);
  // The control: what the file is for is in it.
  expect(expected).toMatch(/export interface Image \{[^}]*\bstatus: 'queued' \| 'active'/);
  expect(expected).toMatch(
    /\n {2}put_pages_key: \{\n {4}body: PutPage;\n {4}answer: Page;\n {2}\};/,
  );
});
