/** `npm test [-- jest arguments]`: sets up what is missing, test services too, then runs Jest. */
import { availableParallelism } from 'node:os';
import { projectRoot } from './setup/project-root.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

/** Each worker may drive a Chromium, which is several busy processes. */
function workerArguments(/** @type {string[]} */ given) {
  if (
    given.some((argument) => /^(--maxWorkers|--max-workers|-w|--runInBand|-i)\b/.test(argument))
  ) {
    return [];
  }
  const workers = Math.min(4, Math.max(2, Math.floor(availableParallelism() / 2)));
  return [`--maxWorkers=${workers}`];
}

await runMain(async () => {
  // The tests of the command line run the compiled program.
  const env = await setUp({ testServices: true, build: 'service' });
  // Without this flag Jest would run the tests as CommonJS, and say nothing.
  const nodeOptions = [
    env.NODE_OPTIONS,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
  ];
  env.NODE_OPTIONS = nodeOptions.filter(Boolean).join(' ');
  const given = process.argv.slice(2);
  const args = ['node_modules/jest/bin/jest.js', ...workerArguments(given), ...given];
  runInForeground(args, env, projectRoot);
});
