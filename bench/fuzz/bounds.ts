import type { Role } from './fuzz-run.js';

const MEGABYTE = 1024 * 1024;

/**
 * The most that a process of each role may ever have resident, and all of them together of their
 * own. A picture of 50 megapixels has 200 MB when decoded, and twice that while it is turned.
 */
export const BOUNDS: Record<Role | 'tree', number> = {
  service: 1_024 * MEGABYTE,
  decoder: 1_536 * MEGABYTE,
  chromium: 1_536 * MEGABYTE,
  redis: 512 * MEGABYTE,
  tree: 6_144 * MEGABYTE,
};
