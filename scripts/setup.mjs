/**
 * Brings a fresh clone to the point where Cardpress can run: node modules, a Chromium, redis-server,
 * fonts, the build. What is there already costs a look and no more.
 *
 *   node scripts/setup.mjs [--with-test-services] [--no-build]
 *
 * No dependency may be imported here, in scripts/setup/ or in scripts/clone/: they are what is being
 * installed. scripts/setup/ is also part of the package, scripts/clone/ is not.
 */
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './clone/build.mjs';
import { ensureNodeModules } from './clone/node-modules.mjs';
import { nodeVersionProblem } from './setup/node-version.mjs';
import { runMain, SetupError } from './setup/setup-error.mjs';
import { ensureSystemParts } from './setup/system-parts.mjs';
import { missingTestServices } from './test/test-services.mjs';

/**
 * @typedef {object} SetupOptions
 * @property {boolean} [redis] false: do without it, as what only draws can
 * @property {boolean} [testServices] also what the tests need: Redis even if REDIS_URL is set, and what
 *   test-services.mjs lists
 * @property {import('./clone/build.mjs').BuildKind | 'none'} [build] what to compile if it is stale
 */

/**
 * @param {SetupOptions} [options]
 * @returns {Promise<NodeJS.ProcessEnv>} this environment with CHROMIUM_PATH and, unless REDIS_URL
 *   makes it needless, CARDPRESS_REDIS_SERVER
 * @throws {SetupError} with what to do, when a part cannot be had
 */
export async function setUp(options = {}) {
  const problem = nodeVersionProblem();
  if (problem) throw new SetupError(problem);
  await ensureNodeModules();
  const { redis, testServices = false, build = 'service' } = options;
  const found = await ensureSystemParts({
    ...(redis === undefined ? {} : { redis }),
    ...(testServices ? { ownRedis: true, missing: missingTestServices } : {}),
  });
  if (build !== 'none') await ensureBuild(build);
  return { ...process.env, ...found };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(async () => {
    const flags = new Set(process.argv.slice(2));
    const env = await setUp({
      testServices: flags.has('--with-test-services'),
      build: flags.has('--no-build') ? 'none' : 'service',
    });
    console.log(`cardpress: Chromium      ${env.CHROMIUM_PATH}`);
    console.log(
      `cardpress: redis-server  ${env.CARDPRESS_REDIS_SERVER ?? 'not needed (REDIS_URL)'}`,
    );
    console.log('cardpress: ready');
  });
}
