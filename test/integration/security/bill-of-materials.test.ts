import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Component {
  name: string;
  version: string;
  purl: string;
  'bom-ref': string;
}

interface Bill {
  bomFormat: string;
  specVersion: string;
  metadata: { component: { name: string; version: string } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface LockEntry {
  version: string;
  dev?: boolean;
}

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const lock: { packages: Record<string, LockEntry> } = JSON.parse(
  readFileSync(`${root}package-lock.json`, 'utf8'),
);

let bill: Bill;
beforeAll(() => {
  // As an operator calls it. With npm set to stay offline, a look at the registry would fail.
  const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NODE_OPTIONS: '', npm_config_offline: 'true' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  bill = JSON.parse(text);
}, 120_000);

const namesOf = (name: string) => bill.components.filter((one) => one.name === name);

describe('the bill of materials', () => {
  it('is a CycloneDX document of this very version', () => {
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: expect.stringMatching(/^1\.\d$/),
      metadata: { component: { name: manifest.name, version: manifest.version } },
    });
  });

  it.each(Object.keys(manifest.dependencies))('names %s in its locked version', (name) => {
    const locked = lock.packages[`node_modules/${name}`]?.version ?? 'not locked';
    const purl = `pkg:npm/${name.replace('@', '%40')}@${locked}`;
    expect(namesOf(name)).toContainEqual(expect.objectContaining({ version: locked, purl }));
  });

  it('names all that these bring with them, and nothing of development', () => {
    const locked = Object.entries(lock.packages)
      .filter(([path, { dev }]) => path && !dev)
      .map(([path, { version }]) => `${path.split('node_modules/').pop()}@${version}`);
    const named = bill.components.map(({ name, version }) => `${name}@${version}`);
    expect([...new Set(named)].sort()).toEqual([...new Set(locked)].sort());
    for (const name of ['@biomejs/biome', 'jest', 'supertest']) expect(namesOf(name)).toEqual([]);
  });

  it('refers to nothing that it does not name', () => {
    const known = new Set(bill.dependencies.map(({ ref }) => ref));
    const named = bill.components.map((component) => component['bom-ref']);
    expect([...known].filter((ref) => named.includes(ref)).sort()).toEqual(named.sort());
    const dangling = bill.dependencies.flatMap(({ dependsOn }) =>
      dependsOn.filter((ref) => !known.has(ref)),
    );
    expect(dangling).toEqual([]);
  });
});
