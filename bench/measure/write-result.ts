import { writeFileSync } from 'node:fs';
import { describeEnvironment, type Environment } from './environment.js';

/** Every result of a benchmark: what was measured, and on what. */
export type Result<T> = T & { benchmark: string; environment: Environment };

/** As JSON to `path`; nowhere without one. */
export function writeResult<T extends object>(
  path: string | undefined,
  benchmark: string,
  figures: T,
): Result<T> {
  const result = { benchmark, environment: describeEnvironment(), ...figures };
  if (path !== undefined) {
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`written to ${path}`);
  }
  return result;
}
