/** `npm run bench [-- arguments]`: compiles `bench/` beside the service and runs `bench/run.ts`. */
import { projectRoot } from './setup/project-root.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

await runMain(async () => {
  const env = await setUp({ build: 'bench' });
  runInForeground(['dist/bench/run.js', ...process.argv.slice(2)], env, projectRoot);
});
