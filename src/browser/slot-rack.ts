import type { PageSlot } from './page-slot.js';

type Slot = Pick<PageSlot, 'holds' | 'hasRoom' | 'discard'>;

/**
 * The slots that no job uses. Making a page costs as much as several pictures, so each job gets the
 * slot where its shell is warm; else one that can keep another shell; else the one whose shells were
 * not wanted for longest.
 */
export function createSlotRack<S extends Slot>(slots: readonly S[]) {
  /** The one used last stands first: its browser context is there. */
  const free = [...slots];

  function choose(shell: string): S | undefined {
    return (
      free.find((slot) => slot.holds(shell)) ?? free.find((slot) => slot.hasRoom()) ?? free.at(-1)
    );
  }

  return {
    /** The caller has one of as many turns as there are slots, and gives it back. */
    take(shell: string): S {
      const slot = choose(shell);
      if (!slot) throw new Error('more slots were taken than there are');
      free.splice(free.indexOf(slot), 1);
      return slot;
    },
    giveBack(slot: S): void {
      free.unshift(slot);
    },
    async discardAll(): Promise<void> {
      await Promise.all(slots.map((slot) => slot.discard()));
    },
  };
}
