/**
 * `npm run test:faults [-- jest arguments]`: the suites of faults and attacks in full, one file after
 * the other, so that the kills of one do not starve another. `npm test` runs the same files with
 * smaller counts.
 */
import { projectRoot } from './setup/project-root.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

await runMain(async () => {
  const env = await setUp({ testServices: true, build: 'service' });
  const nodeOptions = [
    env.NODE_OPTIONS,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
  ];
  env.NODE_OPTIONS = nodeOptions.filter(Boolean).join(' ');
  env.CARDPRESS_FAULTS = 'full';
  const suites = ['test/faults', 'test/integration/security'];
  const args = ['node_modules/jest/bin/jest.js', '--runInBand', ...suites];
  runInForeground([...args, ...process.argv.slice(2)], env, projectRoot);
});
