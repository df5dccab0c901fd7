import { startContender } from '../contenders/start-contender.js';
import { readTree, treeBytes } from '../measure/process-table.js';
import { rounded } from '../measure/statistics.js';

export interface PageMemory {
  card: string;
  pages: number;
  processes: number;
  mb: number;
  /** More than with one page less. */
  mbMore?: number;
}

const MEGABYTE = 1024 * 1024;

/** What an engine holds with 1, 2, 3 … pages that have all drawn a card: Node and browser, PSS. */
export async function measurePageMemory(
  card: string,
  maxPages: number,
  seconds: number,
): Promise<PageMemory[]> {
  const results: PageMemory[] = [];
  for (let pages = 1; pages <= maxPages; pages += 1) {
    const engine = await startContender('engine', { card, lanes: pages });
    try {
      await engine.round({ first: 1_000_000, seconds, inFlight: pages * 2, format: 'png' });
      const mb = rounded(treeBytes(engine.pids) / MEGABYTE, 1);
      const before = results.at(-1)?.mb;
      results.push({
        card,
        pages,
        processes: readTree(engine.pids).length,
        mb,
        ...(before === undefined ? {} : { mbMore: rounded(mb - before, 1) }),
      });
    } finally {
      await engine.close();
    }
  }
  return results;
}
