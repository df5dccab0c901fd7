import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { ask, findOnPath, isExecutable } from './find-executable.mjs';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/** Playwright tries several addresses, several times each; a dead network must not cost minutes. */
const CONNECT_TIMEOUT_MS = 10_000;
const STALL_TIMEOUT_MS = 30_000;
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

/**
 * The folder of a package of ours or of a dependency's: in a clone, and where Cardpress is itself
 * installed as a package, whose dependencies lie beside it. Undefined where it is not installed.
 * @param {string} name @param {string} [from]
 */
function packageDir(name, from = projectRoot) {
  try {
    const { resolve } = createRequire(join(from, 'package.json'));
    return dirname(resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Read anew each time: set-up may have just installed it. */
function playwrightDir() {
  const playwright = packageDir('playwright');
  return playwright && packageDir('playwright-core', playwright);
}

/** The program that installs Playwright's browsers; undefined where Playwright is not installed. */
export function playwrightCli() {
  const playwright = packageDir('playwright');
  return playwright && join(playwright, 'cli.js');
}

/**
 * Where Playwright keeps its browsers, as its documentation of PLAYWRIGHT_BROWSERS_PATH has it.
 * @param {string} playwright its folder
 */
function playwrightBrowsersDir(playwright) {
  const configured = process.env.PLAYWRIGHT_BROWSERS_PATH;
  if (configured === '0') return join(playwright, '.local-browsers');
  if (configured) return configured;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ms-playwright');
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ms-playwright');
}

/** Executables inside a browser's folder, by platform and by the layouts that Playwright has used. */
const shellExecutables = [
  'chrome-headless-shell-linux64/chrome-headless-shell',
  'chrome-headless-shell-linux-arm64/chrome-headless-shell',
  'chrome-linux/headless_shell',
  'chrome-headless-shell-mac-arm64/chrome-headless-shell',
  'chrome-headless-shell-mac-x64/chrome-headless-shell',
];
const fullExecutables = [
  'chrome-linux64/chrome',
  'chrome-linux-arm64/chrome',
  'chrome-linux/chrome',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
];

/** @returns {string[]} Playwright's own Chromium of the revision that fits, the small one first */
function playwrightCandidates() {
  /** @type {{name: string, revision: string, revisionOverrides?: Record<string, string>}[]} */
  let browsers;
  const playwright = playwrightDir();
  if (!playwright) return [];
  try {
    ({ browsers } = JSON.parse(readFileSync(join(playwright, 'browsers.json'), 'utf8')));
  } catch {
    return [];
  }
  const root = playwrightBrowsersDir(playwright);
  return [
    { name: 'chromium-headless-shell', executables: shellExecutables },
    { name: 'chromium', executables: fullExecutables },
  ].flatMap(({ name, executables }) => {
    const known = browsers.find((browser) => browser.name === name);
    const revisions = known
      ? [known.revision, ...Object.values(known.revisionOverrides ?? {})]
      : [];
    return revisions.flatMap((revision) =>
      executables.map((path) => join(root, `${name.replaceAll('-', '_')}-${revision}`, path)),
    );
  });
}

/** @returns {(string | undefined)[]} */
function systemCandidates() {
  return [
    // Debian's /usr/bin entry is a shell that stays around this one: a signal would end only the shell.
    '/usr/lib/chromium/chromium-headless-shell',
    findOnPath('chromium-headless-shell'),
    findOnPath('chrome-headless-shell'),
    '/usr/lib64/chromium-browser/headless_shell',
    findOnPath('chromium'),
    findOnPath('chromium-browser'),
    '/usr/lib/chromium/chromium',
    findOnPath('google-chrome'),
    findOnPath('google-chrome-stable'),
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
}

/** A snap sees neither our folders nor our pipes. @param {string} path */
function isSnap(path) {
  const real = realpathSync(path);
  return path.startsWith('/snap/') || real.startsWith('/snap/') || real.endsWith(`${sep}snap`);
}

/** @param {string} path */
const starts = (path) => ask(path, ['--version']) !== undefined;

/**
 * A Chromium that starts: CHROMIUM_PATH, Playwright's own, then the system's.
 * @returns {string | undefined} its path
 * @throws {SetupError} when CHROMIUM_PATH is set and does not start
 */
export function findChromium() {
  const configured = process.env.CHROMIUM_PATH;
  if (configured) {
    if (starts(configured)) return configured;
    throw new SetupError(`CHROMIUM_PATH is ${configured}, and "${configured} --version" fails.`);
  }
  return [...playwrightCandidates(), ...systemCandidates()].find(
    (path) => path !== undefined && isExecutable(path) && !isSnap(path) && starts(path),
  );
}

/** Whether Playwright's Chromium is there and lacks only system libraries. */
export function hasPlaywrightChromium() {
  return playwrightCandidates().some(isExecutable);
}

/** Tries Playwright's download. Being offline or behind a firewall is no error: others follow. */
export async function downloadChromium() {
  const cli = playwrightCli();
  if (!cli) return;
  const args = [cli, 'install', '--only-shell', 'chromium'];
  const { ok, reason } = await runCommand(process.execPath, args, {
    title: 'no Chromium found; downloading one (npx playwright install --only-shell chromium)',
    cwd: projectRoot,
    env: {
      PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: String(CONNECT_TIMEOUT_MS),
      ...process.env,
    },
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    stallMs: STALL_TIMEOUT_MS,
  });
  if (!ok) console.error(`cardpress: that download did not work (${reason}); going on without it.`);
}
