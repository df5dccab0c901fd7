import type { WarmContext } from './warm-context.js';

type PooledContext = Pick<WarmContext, 'holds' | 'hasRoom' | 'discard'>;

/**
 * The contexts that no job uses. Making a page costs as much as several pictures, so each job gets the
 * context where its template page is warm; else one that can keep another; else the one whose pages were
 * not wanted for longest.
 */
export function createPagePool<S extends PooledContext>(contexts: readonly S[]) {
  /** The one used last stands first: its browser context is there. */
  const free = [...contexts];

  function choose(pageName: string): S | undefined {
    return (
      free.find((context) => context.holds(pageName)) ??
      free.find((context) => context.hasRoom()) ??
      free.at(-1)
    );
  }

  return {
    /** The caller has one of as many turns as there are contexts, and gives it back. */
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
