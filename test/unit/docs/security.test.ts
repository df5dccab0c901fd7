import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/security.md`, 'utf8');

/** `test/….test.ts`, with the words of one of its tests behind it where the file shows several things. */
const REFERENCE = /`(test\/[\w./-]+\.test\.ts)`(?: "([^"]+)")?/g;

interface Threat {
  id: string;
  references: { file: string; words: string | undefined }[];
}

const threats: Threat[] = [...page.matchAll(/^\| (T\d+) \|(.+)\|$/gm)].map(
  ([, id = '', cells = '']) => ({
    id,
    references: [...cells.matchAll(REFERENCE)].map(([, file = '', words]) => ({ file, words })),
  }),
);

function testFiles(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`);
}

describe('the threat model', () => {
  it('numbers its threats without gaps', () => {
    expect(threats.length).toBeGreaterThan(20);
    expect(threats.map(({ id }) => id)).toEqual(threats.map((_, i) => `T${i + 1}`));
  });

  it.each(threats)('$id names a test that exists', (threat) => {
    expect(threat.references.length).toBeGreaterThan(0);
    for (const { file, words } of threat.references) {
      expect([file, existsSync(root + file)]).toEqual([file, true]);
      if (words === undefined) continue;
      const hasWords = readFileSync(root + file, 'utf8').includes(words);
      expect([file, words, hasWords]).toEqual([file, words, true]);
    }
  });

  it('leaves out no test of attacks or faults', () => {
    const shown = new Set(threats.flatMap(({ references }) => references.map(({ file }) => file)));
    const all = [...testFiles('test/integration/security'), ...testFiles('test/faults')];
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((file) => !shown.has(file))).toEqual([]);
  });
});
