import type { Role } from './fuzz-run.js';

const MEGABYTE = 1024 * 1024;

/**
 * The most that a process of each role may ever have resident, and all of them together of their
 * own. A decoder is held by its own limit of what it allocates; its code comes on top.
 */
export const BOUNDS: Record<Role | 'tree', number> = {
  service: 1_024 * MEGABYTE,
  decoder: 1_024 * MEGABYTE,
  chromium: 1_536 * MEGABYTE,
  redis: 512 * MEGABYTE,
  tree: 6_144 * MEGABYTE,
};
