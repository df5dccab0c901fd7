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
 * Suites that take long even with small counts, each with the integration tests that are about the
 * same in short. `npm run test:faults` runs them.
 */
const IN_FAULT_RUNS_ALONE = {
  'browser-hangs': ['browser/supervision', 'service/browser-killed', 'service/health'],
  'chromium-killed': ['service/browser-killed'],
  poison: ['browser/supervision'],
  'redis-away': ['service/redis-away'],
  sigterm: ['service/processes'],
  'worker-killed': ['service/processes'],
};

/** Whoever names a test has it run. */
function leftOut(/** @type {string[]} */ given) {
  if (given.some((argument) => !argument.startsWith('-'))) return [];
  const names = Object.keys(IN_FAULT_RUNS_ALONE);
  return names.map((name) => `--testPathIgnorePatterns=test/faults/${name}.test.ts`);
}

await runMain(() => {
  const given = process.argv.slice(2);
  return runJest([...workerArguments(given), ...leftOut(given), ...given]);
});
