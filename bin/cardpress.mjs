#!/usr/bin/env node
/** `npx cardpress …`: the command line; in a fresh clone it sets up what is missing first. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = new URL('../dist/src/cli/main.js', import.meta.url);
const findable = ['CHROMIUM_PATH', 'CARDPRESS_REDIS_SERVER'];
const given = findable.filter((name) => process.env[name]);

if (!existsSync(program) || !existsSync(at('../node_modules/.package-lock.json'))) {
  const { setUp } = await import('../scripts/setup.mjs');
  const { runMain } = await import('../scripts/setup/setup-error.mjs');
  await runMain(async () => {
    Object.assign(process.env, await setUp());
  });
} else if (existsSync(at('../scripts/setup'))) {
  // Not in the container image, which brings and names its own.
  const { findChromium } = await import('../scripts/setup/chromium.mjs');
  const { findRedisServer } = await import('../scripts/setup/redis-server.mjs');
  const find = (name, look) => {
    const path = process.env[name] ? undefined : look();
    if (path) process.env[name] = path;
  };
  find('CHROMIUM_PATH', findChromium);
  if (!process.env.REDIS_URL) find('CARDPRESS_REDIS_SERVER', findRedisServer);
}

// For "doctor", which says where each setting comes from.
const found = findable.filter((name) => process.env[name] && !given.includes(name));
if (found.length > 0) process.env.CARDPRESS_FOUND = found.join(',');

await import(program.href);
