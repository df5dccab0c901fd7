/** `npm run dev [-- --port 3100]`: sets up what is missing, then serves the live preview of the templates. */

import { runInForeground } from './clone/run-in-foreground.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

await runMain(async () => {
  const env = await setUp({ redis: false });
  runInForeground(['dist/src/dev/main.js', ...process.argv.slice(2)], env, projectRoot);
});
