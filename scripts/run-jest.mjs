import { runInForeground } from './clone/run-in-foreground.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { setUp } from './setup.mjs';

/**
 * Sets up what is missing, test services too, then runs Jest.
 * @param {string[]} args @param {Record<string, string>} [own] environment of these tests alone
 */
export async function runJest(args, own = {}) {
  // The tests of the command line run the compiled program.
  const env = await setUp({ testServices: true, build: 'service' });
  // Without this flag Jest would run the tests as CommonJS, and say nothing.
  const nodeOptions = [
    env.NODE_OPTIONS,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
  ];
  env.NODE_OPTIONS = nodeOptions.filter(Boolean).join(' ');
  Object.assign(env, own);
  runInForeground(['node_modules/jest/bin/jest.js', ...args], env, projectRoot);
}
