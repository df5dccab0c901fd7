/**
 * Brings a fresh clone to the point where Cardpress can run: node modules, a Chromium, redis-server,
 * fonts, the build. What is there already costs a look and no more.
 *
 *   node scripts/setup.mjs [--with-test-services] [--no-build]
 *
 * No dependency may be imported here or in scripts/setup/: they are what is being installed.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './setup/build.mjs';
import { downloadChromium, findChromium, hasPlaywrightChromium } from './setup/chromium.mjs';
import { findOnPath } from './setup/find-executable.mjs';
import { missingFonts, rememberFontAttempt, wereFontsTriedLately } from './setup/fonts.mjs';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { nodeVersionProblem } from './setup/node-version.mjs';
import { installPackages, rootPrefix } from './setup/package-manager.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { findRedisServer, redisRemedy } from './setup/redis-server.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runMain, SetupError } from './setup/setup-error.mjs';
import { missingTestServices } from './setup/test-services.mjs';

/**
 * @typedef {object} SetupOptions
 * @property {boolean} [redis] false: do without it, as what only draws can
 * @property {boolean} [testServices] also what the tests need: Redis even if REDIS_URL is set, and what
 *   test-services.mjs lists
 * @property {import('./setup/build.mjs').BuildKind | 'none'} [build] what to compile if it is stale
 */

/** Playwright's Chromium brings no system libraries; Playwright knows their packages. */
async function installChromiumLibraries() {
  const prefix = findOnPath('apt-get') ? rootPrefix() : undefined;
  if (!prefix) return;
  const cli = join(projectRoot, 'node_modules', 'playwright', 'cli.js');
  const [command = '', ...args] = [...prefix, process.execPath, cli, 'install-deps', 'chromium'];
  await runCommand(command, args, { title: "installing the libraries of Playwright's Chromium" });
}

/** @returns {Promise<string | undefined>} */
async function findOrDownloadChromium() {
  const found = findChromium();
  if (found) return found;
  if (!hasPlaywrightChromium()) await downloadChromium();
  const downloaded = findChromium();
  if (downloaded || !hasPlaywrightChromium()) return downloaded;
  await installChromiumLibraries();
  return findChromium();
}

/** @param {SetupOptions} options */
async function ensureSystemParts({ testServices = false, redis = true }) {
  const needsRedis = testServices || (redis && !process.env.REDIS_URL);
  let chromium = await findOrDownloadChromium();
  let redisServer = needsRedis ? findRedisServer() : undefined;
  const fonts = missingFonts();
  /** @type {Set<import('./setup/package-manager.mjs').Need>} */
  const needs = new Set();
  if (!chromium) needs.add('chromium');
  if (needsRedis && !redisServer) needs.add('redis');
  for (const { need } of testServices ? missingTestServices() : []) needs.add(need);
  // Fonts alone, which may be out of reach here, must not slow down every start.
  if (fonts.length > 0 && (needs.size > 0 || !wereFontsTriedLately())) {
    needs.add('fontconfig');
    for (const { need } of fonts) needs.add(need);
    rememberFontAttempt();
  }
  if (needs.size > 0) {
    await installPackages([...needs]);
    chromium ??= findChromium();
    if (needsRedis) redisServer ??= findRedisServer();
  }

  const problems = [];
  if (!chromium) {
    problems.push(
      'no Chromium: install chromium-headless-shell, chromium or google-chrome, or set CHROMIUM_PATH',
    );
  }
  if (needsRedis && !redisServer) {
    const remedy = testServices ? redisRemedy.replace(/, or set REDIS_URL/, '') : redisRemedy;
    problems.push(`no redis-server: ${remedy}`);
  }
  for (const { title, remedy } of testServices ? missingTestServices() : []) {
    problems.push(`no ${title} for the tests: ${remedy}`);
  }
  if (problems.length > 0) throw new SetupError(problems.join('; '));
  const stillMissing = needs.has('fontconfig') ? missingFonts() : fonts;
  if (stillMissing.length > 0) {
    const scripts = stillMissing.map(({ script }) => script).join(', ');
    console.error(
      `cardpress: no font for ${scripts}; such text will be empty boxes until you install ` +
        'fonts-noto-color-emoji, fonts-noto-cjk, fonts-noto-core and fontconfig (Debian names).',
    );
  }
  return { chromium, redisServer };
}

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
  const { chromium, redisServer } = await ensureSystemParts(options);
  const { build = 'service' } = options;
  if (build !== 'none') await ensureBuild(build);
  return {
    ...process.env,
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
    ...(redisServer ? { CARDPRESS_REDIS_SERVER: redisServer } : {}),
  };
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
