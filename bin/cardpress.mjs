#!/usr/bin/env node
/**
 * `npx cardpress …`: the command line. In a clone it first sets up what is missing; as an installed
 * package it does so for `start` alone.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = new URL('../dist/src/cli/main.js', import.meta.url);
const findable = ['CHROMIUM_PATH', 'CARDPRESS_REDIS_SERVER'];
const given = findable.filter((name) => process.env[name]);

const isClone = existsSync(at('../scripts/setup.mjs'));
const isReady =
  existsSync(program) && (!isClone || existsSync(at('../node_modules/.package-lock.json')));
// Not in the container image, which brings and names its own.
const canLook = existsSync(at('../scripts/setup'));

if (isClone && !isReady) {
  const { setUp } = await import('../scripts/setup.mjs');
  const { runMain } = await import('../scripts/setup/setup-error.mjs');
  await runMain(async () => {
    Object.assign(process.env, await setUp());
  });
} else if (canLook && process.argv[2] === 'start' && process.argv.length === 3) {
  const { ensureSystemParts } = await import('../scripts/setup/system-parts.mjs');
  const { nodeVersionProblem } = await import('../scripts/setup/node-version.mjs');
  const { runMain, SetupError } = await import('../scripts/setup/setup-error.mjs');
  await runMain(async () => {
    const problem = nodeVersionProblem();
    if (problem) throw new SetupError(problem);
    Object.assign(process.env, await ensureSystemParts());
  });
} else if (canLook) {
  const { findChromium } = await import('../scripts/setup/chromium.mjs');
  const { findRedisServer } = await import('../scripts/setup/redis-server.mjs');
  const find = (name, look) => {
    const path = process.env[name] ? undefined : look();
    if (path) process.env[name] = path;
  };
  find('CHROMIUM_PATH', findChromium);
  if (!process.env.REDIS_URL) find('CARDPRESS_REDIS_SERVER', findRedisServer);
}

if (!existsSync(program)) {
  console.error(
    'cardpress: this package was packed before it was built: "npm run build", then "npm pack".',
  );
  process.exit(1);
}

// For "doctor", which says where each setting comes from.
const found = findable.filter((name) => process.env[name] && !given.includes(name));
if (found.length > 0) process.env.CARDPRESS_FOUND = found.join(',');

await import(program.href);
