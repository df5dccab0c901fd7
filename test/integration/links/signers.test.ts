import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import { requireService } from '../../support/require-service.js';

interface Vector {
  path: string;
  params: Record<string, string>;
  address: string;
  sig: string;
}
const root = fileURLToPath(new URL('../../../', import.meta.url));
const { key, vectors } = JSON.parse(
  readFileSync(join(root, 'test/support/signing-vectors.json'), 'utf8'),
) as { key: string; vectors: Vector[] };
const BASE = 'https://cards.example.com';
const urlOf = ({ address, sig }: Vector) =>
  `${BASE}${address}${address.includes('?') ? '&' : '?'}sig=${sig}`;

/** How each language's signer of the documentation is run over the vectors. */
const languages: Record<
  string,
  { needs?: 'python3' | 'php' | 'ruby'; run: string[]; ending: string; driver: string }
> = {
  ts: {
    run: [process.execPath],
    ending: 'mjs',
    driver:
      "import { readFileSync } from 'node:fs';\nconst { base, key, vectors } = JSON.parse(readFileSync(0, 'utf8'));\nconsole.log(JSON.stringify(vectors.map((v) => signUrl(base, key, v.path, v.params))));",
  },
  python: {
    needs: 'python3',
    run: ['python3'],
    ending: 'py',
    driver:
      'import json, sys\nd = json.load(sys.stdin)\nprint(json.dumps([sign_url(d["base"], d["key"], v["path"], v["params"]) for v in d["vectors"]]))',
  },
  php: {
    needs: 'php',
    run: ['php'],
    ending: 'php',
    driver:
      '$d = json_decode(stream_get_contents(STDIN), true);\necho json_encode(array_map(fn($v) => sign_url($d["base"], $d["key"], $v["path"], $v["params"]), $d["vectors"]));',
  },
  ruby: {
    needs: 'ruby',
    run: ['ruby'],
    ending: 'rb',
    driver:
      'require "json"\nd = JSON.parse(STDIN.read)\nputs JSON.generate(d["vectors"].map { |v| sign_url(d["base"], d["key"], v["path"], v["params"]) })',
  },
};

describe('the signers of docs/signed-urls.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cp-signers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const page = readFileSync(join(root, 'docs/signed-urls.md'), 'utf8');

  it.each(Object.entries(languages))(
    '%s gives the same addresses',
    async (language, { needs, run, ending, driver }) => {
      if (needs) await requireService(needs);
      const [program = '', ...before] = run;
      const source = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
      const code =
        language === 'ts'
          ? transformSync(source, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } })
              .code
          : source;
      const file = join(folder, `signer.${ending}`);
      writeFileSync(file, `${code}\n${driver}\n`);
      const input = JSON.stringify({ base: BASE, key, vectors });
      const ran = spawnSync(program, [...before, file], { input, encoding: 'utf8' });
      expect(ran.error).toBeUndefined();
      expect(ran.stderr).toBe('');
      expect(JSON.parse(ran.stdout)).toEqual(vectors.map(urlOf));
    },
  );
});
