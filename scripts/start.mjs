/** `npm start`: sets up what is missing, then serves. */

import { runInForeground } from './clone/run-in-foreground.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

await runMain(async () => {
  const env = await setUp();
  runInForeground(['dist/src/main.js', ...process.argv.slice(2)], env, projectRoot);
});
