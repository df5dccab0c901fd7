/**
 * `npm run test:faults [-- jest arguments]`: the suites of faults and attacks in full, one file after
 * the other, so that the kills of one do not starve another. `npm test` runs most of these files too,
 * with smaller counts.
 */
import { runJest } from './run-jest.mjs';
import { runMain } from './setup/setup-error.mjs';

await runMain(() => {
  const suites = [
    'test/faults',
    'test/integration/security',
    'test/integration/browser/same-pixels',
    'test/integration/images/invalid-rows',
    'test/integration/service/batch-faults',
    'test/integration/service/browser-killed',
  ];
  return runJest(['--runInBand', ...suites, ...process.argv.slice(2)], {
    CARDPRESS_FAULTS: 'full',
  });
});
