import type { WarmContext } from './warm-context.js';

type PooledContext = Pick<WarmContext, 'holds' | 'hasRoom' | 'discard'>;

/**
 * The browser contexts that no job uses. Opening a template page costs as much as several renders,
 * so each job gets a context in which its template page is open; else one with room for another
 * page; else the least recently used one.
 */
export function createPagePool<C extends PooledContext>(contexts: readonly C[]) {
  /** Most recently used first, because that one most likely has an open browser and context. */
  const free = [...contexts];

  function choose(pageName: string): C | undefined {
    return (
      free.find((context) => context.holds(pageName)) ??
      free.find((context) => context.hasRoom()) ??
      free.at(-1)
    );
  }

  return {
    /**
     * Takes a context. The caller holds a permit, of which there are as many as contexts, and gives
     * the context back.
     */
    take(pageName: string): C {
      const context = choose(pageName);
      if (!context) throw new Error('more contexts were taken than there are');
      free.splice(free.indexOf(context), 1);
      return context;
    },
    giveBack(context: C): void {
      free.unshift(context);
    },
    async discardAll(): Promise<void> {
      await Promise.all(contexts.map((context) => context.discard()));
    },
  };
}
