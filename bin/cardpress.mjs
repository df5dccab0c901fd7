#!/usr/bin/env node
/** `npx cardpress …`: the command line; in a fresh clone it sets up what is missing first. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/src/cli/main.js', import.meta.url);
const modules = new URL('../node_modules/.package-lock.json', import.meta.url);

if (!existsSync(fileURLToPath(program)) || !existsSync(fileURLToPath(modules))) {
  const { setUp } = await import('../scripts/setup.mjs');
  const { runMain } = await import('../scripts/setup/setup-error.mjs');
  await runMain(async () => {
    Object.assign(process.env, await setUp());
  });
} else if (!process.env.CHROMIUM_PATH) {
  const { findChromium } = await import('../scripts/setup/chromium.mjs');
  const chromium = findChromium();
  if (chromium) process.env.CHROMIUM_PATH = chromium;
}

await import(program.href);
