import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../setup/project-root.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { SetupError } from '../setup/setup-error.mjs';

const distDir = join(projectRoot, 'dist');

/** @typedef {'service' | 'tools'} BuildKind */

/**
 * What is compiled: the service alone, or beside it in `dist` what is run from a clone: benchmarks,
 * examples, the generator of documents.
 * @type {Record<BuildKind, {project: string, folders: string[]}>}
 */
const builds = {
  service: { project: 'tsconfig.build.json', folders: ['src', 'workers'] },
  tools: {
    project: 'tsconfig.tools.json',
    folders: ['src', 'workers', 'bench', 'examples', 'scripts'],
  },
};

/** @param {string} folder @returns {string[]} paths of its TypeScript files, relative to the root */
function typescriptFiles(folder) {
  try {
    return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name))
      .sort();
  } catch {
    return [];
  }
}

/** A hash over all that decides what the compiler writes. @param {BuildKind} kind */
function sourceHash(kind) {
  const { project, folders } = builds[kind];
  const hash = createHash('sha256');
  const files = [
    'tsconfig.json',
    project,
    'package-lock.json',
    'scripts/clone/bundle-page.mjs',
    ...folders.flatMap(typescriptFiles),
  ];
  for (const file of files) {
    const content = readFileSync(join(projectRoot, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @param {BuildKind} kind */
const stampPath = (kind) => join(distDir, `.built-${kind}`);

/** @param {BuildKind} kind */
function isBuildCurrent(kind) {
  try {
    return readFileSync(stampPath(kind), 'utf8') === sourceHash(kind);
  } catch {
    return false;
  }
}

/**
 * Compiles into `dist`, and bundles the program of browser pages, from nothing, so that no output of a deleted source is left.
 * @param {BuildKind} kind
 * @throws {SetupError} when the compiler finds an error
 */
export async function build(kind) {
  const { project, folders } = builds[kind];
  const hash = sourceHash(kind);
  // They share files: neither is what it was.
  for (const one of ['service', 'tools']) rmSync(stampPath(one), { force: true });
  for (const folder of folders) rmSync(join(distDir, folder), { recursive: true, force: true });
  const compiler = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const { ok } = await runCommand(process.execPath, [compiler, '-p', project], {
    title: `building (tsc -p ${project})`,
    cwd: projectRoot,
  });
  if (!ok) throw new SetupError('The build failed; the compiler says why above.');
  // Here, because what looks whether the build is current runs before anything is installed.
  const { bundlePage } = await import('./bundle-page.mjs');
  await bundlePage();
  writeFileSync(stampPath(kind), hash);
}

/** Compiles what is stale; the service is part of `tools`. @param {BuildKind} kind */
export async function ensureBuild(kind) {
  if (!isBuildCurrent('tools') && !isBuildCurrent(kind)) await build(kind);
}
