/**
 * `npm run bench -- <name> [arguments]`: compiles `bench/` beside the service and runs one of its
 * programs; without a name `bench/run.ts`, the comparison with other ways to make the same images.
 */
import { join } from 'node:path';
import { ensureNodeModules } from './clone/node-modules.mjs';
import { runInForeground } from './clone/run-in-foreground.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runMain, SetupError } from './setup/setup-error.mjs';
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
  'sweep',
];
/** They measure against others, or with a load generator: what bench/package.json brings. */
const WITH_PEERS = ['run', 'overhead', 'delivery'];

await runMain(async () => {
  const [first = '', ...rest] = process.argv.slice(2);
  if (first !== '' && !first.startsWith('-') && !PROGRAMS.includes(first)) {
    throw new SetupError(`there is no benchmark "${first}"; there are ${PROGRAMS.join(', ')}`);
  }
  const [program, args] = PROGRAMS.includes(first) ? [first, rest] : ['run', process.argv.slice(2)];
  const env = await setUp({ build: 'tools' });
  if (WITH_PEERS.includes(program)) await ensureNodeModules(join(projectRoot, 'bench'));
  runInForeground([`dist/bench/${program}.js`, ...args], env, projectRoot);
});
