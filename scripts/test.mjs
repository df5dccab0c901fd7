/** `npm test [-- jest arguments]`: sets up what is missing, test services too, then runs Jest. */
import { availableParallelism } from 'node:os';
import { runJest } from './run-jest.mjs';
import { runMain } from './setup/setup-error.mjs';

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

await runMain(() => {
  const given = process.argv.slice(2);
  return runJest([...workerArguments(given), ...given]);
});
