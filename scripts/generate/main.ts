/**
 * Writes every generated document anew and names those that changed; started by scripts/generate.mjs.
 * With `--check` nothing is written, and the exit code is 1 where one is stale.
 */
import { writeFile } from 'node:fs/promises';
import { compareDocument, pathOf } from './document.js';
import { generatedDocuments } from './documents.js';

const isCheck = process.argv.includes('--check');
let changed = 0;
for (const document of generatedDocuments) {
  const { current, expected } = await compareDocument(document);
  if (current === expected) continue;
  changed += 1;
  if (!isCheck) await writeFile(pathOf(document.file), expected);
  console.log(`${isCheck ? 'stale' : 'wrote'} ${document.file}`);
}
if (changed === 0) console.log(`${generatedDocuments.length} documents are as the code has them`);
if (isCheck && changed > 0) {
  console.error('Run "npm run generate" and commit what it writes.');
  process.exitCode = 1;
}
