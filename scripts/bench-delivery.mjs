/**
 * `npm run bench:delivery [-- arguments]`: installs what only benchmarks need into
 * `bench/node_modules`, compiles `bench/` beside the service and runs `bench/delivery.ts`.
 */
import { basename, join } from 'node:path';
import { areNodeModulesCurrent } from './setup/node-modules.mjs';
import { projectRoot } from './setup/project-root.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runInForeground } from './setup/run-in-foreground.mjs';
import { runMain, SetupError } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

async function ensureBenchModules() {
  const folder = join(projectRoot, 'bench');
  if (areNodeModulesCurrent(folder)) return;
  const running = process.env.npm_execpath;
  const npm = running && basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm'];
  const [command = 'npm', ...prefix] = npm;
  const args = [...prefix, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { ok, reason } = await runCommand(command, args, {
    title: 'installing what the benchmarks need (npm ci in bench/)',
    cwd: folder,
  });
  if (!ok) throw new SetupError(`"npm ci" in bench/ failed (${reason}); its own words are above.`);
}

await runMain(async () => {
  const env = await setUp({ build: 'bench' });
  await ensureBenchModules();
  runInForeground(['dist/bench/delivery.js', ...process.argv.slice(2)], env, projectRoot);
});
