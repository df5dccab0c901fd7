/**
 * `npm run generate [-- --check]`: writes all that comes from code: tables of the documentation, the
 * OpenAPI document, types of the client. Needs node modules alone.
 */
import { ensureBuild } from './setup/build.mjs';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain } from './setup/setup-error.mjs';

await runMain(async () => {
  await ensureNodeModules();
  await ensureBuild('tools');
  const args = ['dist/scripts/generate/main.js', ...process.argv.slice(2)];
  runInForeground(args, process.env, projectRoot);
});
