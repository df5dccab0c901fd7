/**
 * `npm run generate [-- --check]`: writes all that comes from code: tables of the documentation, the
 * OpenAPI document, types of the client. Needs node modules alone.
 */
import { ensureBuild } from './clone/build.mjs';
import { ensureNodeModules } from './clone/node-modules.mjs';
import { runInForeground } from './clone/run-in-foreground.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runMain } from './setup/setup-error.mjs';

await runMain(async () => {
  await ensureNodeModules();
  await ensureBuild('tools');
  const args = ['dist/scripts/generate/main.js', ...process.argv.slice(2)];
  runInForeground(args, process.env, projectRoot);
});
