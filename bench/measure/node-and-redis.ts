import { readTree } from './process-table.js';

/** Processor time so far of these Node processes, and of the Redis below them; without browsers. */
export function nodeAndRedisSeconds(pids: readonly number[]): { node: number; redis: number } {
  const rows = readTree(pids);
  const of = (isWanted: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(isWanted).reduce((sum, { ownSeconds }) => sum + ownSeconds, 0);
  return {
    node: of(({ pid }) => pids.includes(pid)),
    redis: of(({ name }) => name.startsWith('redis')),
  };
}
