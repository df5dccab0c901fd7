import { existsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, findOnPath } from './find-executable.mjs';
import { projectRoot } from './project-root.mjs';

const RETRY_AFTER_MS = 24 * 60 * 60_000;

/** Its time is that of the last attempt to install fonts. */
const ownModules = join(projectRoot, 'node_modules');
const attemptFile = join(existsSync(ownModules) ? ownModules : tmpdir(), '.cardpress-fonts');

/**
 * Scripts that data may be written in, each with a fontconfig pattern that only a font which covers
 * it matches, and the name of the package that holds one.
 */
const coverage = [
  { script: 'emoji', pattern: ':color=true:charset=1f600', need: 'emojiFont' },
  { script: 'Chinese, Japanese and Korean', pattern: ':lang=ja', need: 'cjkFont' },
  { script: 'Arabic', pattern: ':lang=ar', need: 'coreFonts' },
  { script: 'Devanagari', pattern: ':lang=hi', need: 'coreFonts' },
  { script: 'Bengali', pattern: ':lang=bn', need: 'coreFonts' },
  { script: 'Tamil', pattern: ':lang=ta', need: 'coreFonts' },
  { script: 'Thai', pattern: ':lang=th', need: 'coreFonts' },
];

/**
 * What pictures would show as empty boxes. macOS ships with fonts for all of these.
 * @returns {{script: string, need: string}[]}
 */
export function missingFonts() {
  if (process.platform !== 'linux') return [];
  if (!findOnPath('fc-list')) return coverage;
  return coverage.filter(({ pattern }) => !ask('fc-list', [pattern, 'family'])?.trim());
}

/** Whether an installation was tried within the last day. */
export function wereFontsTriedLately() {
  const attempt = statSync(attemptFile, { throwIfNoEntry: false });
  return attempt !== undefined && Date.now() - attempt.mtimeMs < RETRY_AFTER_MS;
}

export function rememberFontAttempt() {
  try {
    writeFileSync(attemptFile, '');
  } catch {
    // Then it is tried again at the next start.
  }
}
