import { runInForeground } from './clone/run-in-foreground.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { setUp } from './setup.mjs';
import { withVmModules } from './test/with-vm-modules.mjs';

/**
 * Sets up what is missing, test services too, then runs Jest.
 * @param {string[]} args @param {Record<string, string>} [own] environment of these tests alone
 */
export async function runJest(args, own = {}) {
  // Whoever starts Jest, jest.config.mjs builds what the tests run.
  const env = await setUp({ testServices: true, build: 'none' });
  // Given at once, jest.config.mjs need not start Jest a second time.
  env.NODE_OPTIONS = withVmModules(env.NODE_OPTIONS);
  Object.assign(env, own);
  runInForeground(['node_modules/jest/bin/jest.js', ...args], env, projectRoot);
}
