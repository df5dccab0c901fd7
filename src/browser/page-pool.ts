import type { WarmContext } from './warm-context.js';

type PooledContext = Pick<WarmContext, 'holds' | 'hasRoom' | 'discard'>;

/**
 * The browser contexts that no job uses. Making a page costs as much as several renders, so each
 * job gets a context in which its template page is warm; else one that has room for another page;
 * else the context that was not used for longest.
 */
export function createPagePool<S extends PooledContext>(contexts: readonly S[]) {
  /** Most recently used first: its browser context is open. */
  const free = [...contexts];

  function choose(pageName: string): S | undefined {
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
    take(pageName: string): S {
      const context = choose(pageName);
      if (!context) throw new Error('more contexts were taken than there are');
      free.splice(free.indexOf(context), 1);
      return context;
    },
    giveBack(context: S): void {
      free.unshift(context);
    },
    async discardAll(): Promise<void> {
      await Promise.all(contexts.map((context) => context.discard()));
    },
  };
}
