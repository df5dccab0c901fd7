/**
 * `npm run bench:delivery [-- arguments]`: installs what only benchmarks need into
 * `bench/node_modules`, compiles `bench/` beside the service and runs `bench/delivery.ts`.
 */
import { join } from 'node:path';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

await runMain(async () => {
  const env = await setUp({ build: 'bench' });
  await ensureNodeModules(join(projectRoot, 'bench'));
  runInForeground(['dist/bench/delivery.js', ...process.argv.slice(2)], env, projectRoot);
});
