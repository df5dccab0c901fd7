/**
 * `npm run bench [-- arguments]`: compiles `bench/` beside the service and runs one of its programs,
 * `bench/run.ts` unless the first argument names another.
 */
import { join } from 'node:path';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

const PROGRAMS = [
  'run',
  'compare',
  'guard',
  'growth',
  'overhead',
  'batch',
  'delivery',
  'soak',
  'flood',
  'fuzz',
];
/** They measure against others, or with a load generator: what bench/package.json brings. */
const WITH_PEERS = ['run', 'overhead', 'delivery'];

await runMain(async () => {
  const [first = '', ...rest] = process.argv.slice(2);
  const [program, args] = PROGRAMS.includes(first) ? [first, rest] : ['run', process.argv.slice(2)];
  const env = await setUp({ build: 'tools' });
  if (WITH_PEERS.includes(program)) await ensureNodeModules(join(projectRoot, 'bench'));
  runInForeground([`dist/bench/${program}.js`, ...args], env, projectRoot);
});
