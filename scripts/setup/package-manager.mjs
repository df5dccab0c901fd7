import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ask, findOnPath } from './find-executable.mjs';
import { runCommand } from './run-command.mjs';

const RETRY_AFTER_MS = 5_000;
const INSTALL_TIMEOUT_MS = 30 * 60_000;

/**
 * @typedef {'chromium' | 'redis' | 'emojiFont' | 'cjkFont' | 'coreFonts' | 'fontconfig'} Need
 */

/**
 * @typedef {object} PackageManager
 * @property {string} command
 * @property {string[]} update refreshes the lists of packages; empty where installing does that
 * @property {string[]} install what comes before the packages' names
 * @property {boolean} asRoot
 * @property {(name: string) => boolean} isKnown
 * @property {Partial<Record<Need, string[][]>>} packages by need: sets of packages, the best first
 */

/** @returns {boolean} whether this is Ubuntu, whose Chromium packages only point to a snap */
function isUbuntu() {
  try {
    return /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** @type {() => PackageManager} */
const apt = () => ({
  command: 'apt-get',
  update: ['update', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'],
  install: ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'],
  asRoot: true,
  isKnown: (name) => /^\s+Candidate: \d/m.test(ask('apt-cache', ['policy', name]) ?? ''),
  packages: {
    chromium: isUbuntu() ? [] : [['chromium-headless-shell'], ['chromium']],
    redis: [['redis-server'], ['valkey-server']],
    fontconfig: [['fontconfig']],
    emojiFont: [['fonts-noto-color-emoji']],
    cjkFont: [['fonts-noto-cjk']],
    coreFonts: [['fonts-noto-core']],
  },
});

/** @type {() => PackageManager} */
const dnf = () => ({
  command: 'dnf',
  update: [],
  install: ['install', '-y', '--setopt=install_weak_deps=False'],
  asRoot: true,
  isKnown: (name) => ask('dnf', ['-q', 'info', name]) !== undefined,
  packages: {
    chromium: [['chromium-headless'], ['chromium']],
    redis: [['redis'], ['valkey']],
    fontconfig: [['fontconfig']],
    emojiFont: [['google-noto-color-emoji-fonts']],
    cjkFont: [['google-noto-sans-cjk-fonts'], ['google-noto-sans-cjk-ttc-fonts']],
    coreFonts: [
      ['google-noto-fonts-all-vf'],
      ['google-noto-sans-arabic-fonts', 'google-noto-sans-devanagari-fonts'],
    ],
  },
});

/** @type {() => PackageManager} */
const apk = () => ({
  command: 'apk',
  update: ['update'],
  install: ['add'],
  asRoot: true,
  isKnown: (name) => Boolean(ask('apk', ['search', '-e', name])?.trim()),
  packages: {
    chromium: [['chromium-headless-shell'], ['chromium']],
    redis: [['redis'], ['valkey']],
    fontconfig: [['fontconfig']],
    emojiFont: [['font-noto-emoji']],
    cjkFont: [['font-noto-cjk']],
    coreFonts: [['font-noto-all'], ['font-noto-arabic', 'font-noto-devanagari']],
  },
});

/** @type {() => PackageManager} */
const brew = () => ({
  command: 'brew',
  update: [],
  install: ['install'],
  asRoot: false,
  isKnown: () => true,
  packages: { redis: [['redis']] },
});

/** The system's package manager, if it is one of those known here. */
function detectPackageManager() {
  if (process.platform === 'darwin') return findOnPath('brew') ? brew() : undefined;
  return [apt, dnf, apk].map((make) => make()).find(({ command }) => findOnPath(command));
}

/**
 * What stands before a command that root must run: nothing for root, `sudo -n` where it asks for no
 * password, undefined where there is neither.
 * @returns {string[] | undefined}
 */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return findOnPath('sudo') && ask('sudo', ['-n', 'true']) !== undefined
    ? ['sudo', '-n']
    : undefined;
}

/** Debian starts a service as soon as it is installed, unless this file says no (exit code 101). */
const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Runs `install` while Debian's services are told to stay down: what is installed here is run by
 * Cardpress or by its tests, each with a folder and an address of its own.
 * @param {string[]} prefix
 * @param {() => Promise<boolean>} install
 */
async function withoutStartingServices(prefix, install) {
  if (existsSync(policyFile)) return install();
  const asRoot = (/** @type {string} */ script) => {
    const [command = 'sh', ...args] = [...prefix, 'sh', '-c', script];
    spawnSync(command, args, { stdio: 'ignore' });
  };
  const remove = () => asRoot(`rm -f ${policyFile}`);
  process.once('exit', remove);
  asRoot(`printf '#!/bin/sh\\nexit 101\\n' > ${policyFile} && chmod 755 ${policyFile}`);
  try {
    return await install();
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

/**
 * For each need the first of its sets of packages that all exist; needs without one are left out.
 * @param {PackageManager} manager
 * @param {string[][][]} needs
 */
function choosePackages(manager, needs) {
  const names = needs.flatMap((sets) => sets.find((set) => set.every(manager.isKnown)) ?? []);
  return [...new Set(names)];
}

/**
 * Installs what the needs ask for in one call, after one refresh of the package lists, and tries
 * once more when that fails. Look again for what was missing afterwards: this reports on the
 * terminal and returns nothing, because a part of the needs may be met.
 * @param {Need[]} needs
 * @param {string[][][]} [debian] for each further need, sets of packages of Debian and Ubuntu
 */
export async function installPackages(needs, debian = []) {
  const manager = detectPackageManager();
  if (!manager) return;
  const own = needs.map((need) => manager.packages[need] ?? []);
  const more = manager.command === 'apt-get' ? debian : [];
  const wanted = [...own, ...more].filter((sets) => sets.length > 0);
  if (wanted.length === 0) return;
  const prefix = manager.asRoot ? rootPrefix() : [];
  if (!prefix) {
    console.error(`cardpress: ${manager.command} needs root; run as root or allow sudo for it.`);
    return;
  }
  const logFile = join(mkdtempSync(join(tmpdir(), 'cardpress-setup-')), 'packages.log');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_ENV_HINTS: '1' };
  const run = (/** @type {string} */ title, /** @type {string[]} */ args) => {
    // sudo drops the environment, except what is given on its command line.
    const frontend = prefix.length > 0 ? ['DEBIAN_FRONTEND=noninteractive'] : [];
    const [command = '', ...rest] = [...prefix, ...frontend, manager.command, ...args];
    return runCommand(command, rest, { title, env, logFile, timeoutMs: INSTALL_TIMEOUT_MS });
  };

  await withoutStartingServices(prefix, async () => {
    for (let attempt = 1; ; attempt += 1) {
      if (manager.update.length > 0) {
        // One broken source among several is no reason to give up: the packages may be elsewhere.
        const { ok, reason } = await run('refreshing the list of packages', manager.update);
        if (!ok)
          console.error(`cardpress: that failed (${reason}); trying with the lists at hand.`);
      }
      const names = choosePackages(manager, wanted);
      if (names.length > 0) {
        const { ok, reason, tail } = await run(`installing ${names.join(' ')}`, [
          ...manager.install,
          ...names,
        ]);
        if (ok) return true;
        console.error(
          `cardpress: ${manager.command} failed (${reason}); all of it is in ${logFile}:`,
        );
        console.error(tail);
      }
      if (attempt === 2) return false;
      console.error('cardpress: trying once more.');
      await wait(RETRY_AFTER_MS);
    }
  });
}
