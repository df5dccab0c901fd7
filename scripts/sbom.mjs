/*
 * npm run sbom: the software bill of materials, as a CycloneDX document, of what runs in production.
 *
 * From the lock file, so that nothing has to be installed, and with a filter of our own:
 * `npm sbom --omit dev` leaves out what production and development both depend on
 * (https://github.com/npm/cli/issues/7909).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const text = execFileSync(
  'npm',
  ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'],
  {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const bill = JSON.parse(text);

const isOfDevelopment = ({ properties = [] }) =>
  properties.some((one) => one.name === 'cdx:npm:package:development' && one.value === 'true');
const components = bill.components.filter((one) => !isOfDevelopment(one));
const { component } = bill.metadata;
const kept = new Set([component, ...components].map((one) => one['bom-ref']));
const dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => kept.has(ref)) }));

// npm gives the folder's name, which is whatever it was cloned into.
const metadata = { ...bill.metadata, component: { ...component, name } };
console.log(JSON.stringify({ ...bill, metadata, components, dependencies }, null, 2));
