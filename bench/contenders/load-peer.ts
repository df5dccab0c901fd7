import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageInfo } from '../../src/config/package-info.js';

const ofBench = createRequire(join(packageInfo.root, 'bench', 'package.json'));

/** A package of bench/package.json. Its types are the caller's word: the project goes without it. */
export function loadPeer<T>(name: string): T {
  return ofBench(name) as T;
}

/** Where a file of such a package lies. */
export function peerFile(path: string): string {
  return ofBench.resolve(path);
}
