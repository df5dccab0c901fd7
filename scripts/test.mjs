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

/**
 * Each takes a minute and more even with small counts, and what it is about is tested in short
 * elsewhere (service/redis-away, service/processes, browser/supervision). `npm run test:faults` runs
 * them.
 */
const IN_FAULT_RUNS_ALONE = ['poison', 'redis-away', 'sigterm'];

/** Whoever names a test has it run. */
function leftOut(/** @type {string[]} */ given) {
  if (given.some((argument) => !argument.startsWith('-'))) return [];
  return IN_FAULT_RUNS_ALONE.map((name) => `--testPathIgnorePatterns=test/faults/${name}.test.ts`);
}

await runMain(() => {
  const given = process.argv.slice(2);
  return runJest([...workerArguments(given), ...leftOut(given), ...given]);
});
