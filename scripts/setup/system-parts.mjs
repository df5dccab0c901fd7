import {
  downloadChromium,
  findChromium,
  hasPlaywrightChromium,
  playwrightCli,
} from './chromium.mjs';
import { findOnPath } from './find-executable.mjs';
import { missingFonts, rememberFontAttempt, wereFontsTriedLately } from './fonts.mjs';
import { installPackages, rootPrefix } from './package-manager.mjs';
import { findRedisServer, redisRemedy } from './redis-server.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {object} SystemOptions
 * @property {boolean} [redis] false: do without it, as what only draws can
 * @property {boolean} [ownRedis] a redis-server even where REDIS_URL names one, for tests
 * @property {() => {title: string, remedy: string, packages: string[][]}[]} [missing]
 *   what else is needed and not there
 */

/** Playwright's Chromium brings no system libraries; Playwright knows their packages. */
async function installChromiumLibraries() {
  const prefix = findOnPath('apt-get') ? rootPrefix() : undefined;
  if (!prefix) return;
  const cli = playwrightCli();
  if (!cli) return;
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

/**
 * What the system brings: a Chromium, a redis-server, fonts. What is there costs a look; what is
 * missing is installed where that can be done without asking.
 * @param {SystemOptions} [options]
 * @returns {Promise<NodeJS.ProcessEnv>} CHROMIUM_PATH and, unless REDIS_URL makes it needless,
 *   CARDPRESS_REDIS_SERVER
 * @throws {SetupError} with what to do, when a part cannot be had
 */
export async function ensureSystemParts({ redis = true, ownRedis = false, missing } = {}) {
  const needsRedis = ownRedis || (redis && !process.env.REDIS_URL);
  const alsoMissing = missing ?? (() => []);
  let chromium = await findOrDownloadChromium();
  let redisServer = needsRedis ? findRedisServer() : undefined;
  const fonts = missingFonts();
  /** @type {Set<import('./package-manager.mjs').Need>} */
  const needs = new Set();
  if (!chromium) needs.add('chromium');
  if (needsRedis && !redisServer) needs.add('redis');
  const others = alsoMissing().map(({ packages }) => packages);
  // Fonts alone, which may be out of reach here, must not slow down every start.
  if (fonts.length > 0 && (needs.size + others.length > 0 || !wereFontsTriedLately())) {
    needs.add('fontconfig');
    for (const { need } of fonts) needs.add(need);
    rememberFontAttempt();
  }
  if (needs.size + others.length > 0) {
    await installPackages([...needs], others);
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
    const remedy = ownRedis ? redisRemedy.replace(/, or set REDIS_URL/, '') : redisRemedy;
    problems.push(`no redis-server: ${remedy}`);
  }
  for (const { title, remedy } of alsoMissing()) {
    problems.push(`no ${title}: ${remedy}`);
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
  return {
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
    ...(redisServer ? { CARDPRESS_REDIS_SERVER: redisServer } : {}),
  };
}
