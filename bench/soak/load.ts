import type { GoodContext } from './good-kind.js';
import { goodKinds } from './good-requests.js';
import type { HostileContext } from './hostile-kind.js';
import { hostileKinds } from './hostile-requests.js';
import { pause } from './http-client.js';
import type { Tally } from './sample.js';
import { weighted } from './seeded-random.js';

/** Of ten requests nine are good. */
const GOOD_FOR_ONE_HOSTILE = 9;
/** How far either side may be ahead of its share: what is slow holds up the other, in the end. */
const SLACK = 60;
const MAX_TOLD = 20;

interface Kind {
  name: string;
  weight: number;
  atOnce?: number;
  isBomb?: boolean;
}

/** Draws a kind that is not in hand too often already. */
function createDeck<T extends Kind>(kinds: T[], random: () => number) {
  const inFlight = new Map<T, number>();
  const count = (kind: T) => inFlight.get(kind) ?? 0;
  return {
    bombs: () => kinds.reduce((sum, kind) => sum + (kind.isBomb ? count(kind) : 0), 0),
    take(withBombs = true): T {
      const free = kinds.filter(
        (kind) =>
          count(kind) < (kind.atOnce ?? Number.POSITIVE_INFINITY) && (withBombs || !kind.isBomb),
      );
      const kind = weighted(free, random);
      inFlight.set(kind, count(kind) + 1);
      return kind;
    },
    giveBack: (kind: T) => void inFlight.set(kind, count(kind) - 1),
  };
}

/**
 * A closed loop: so many good requests in hand, so many hostile ones, never more. `tally` is
 * written as it goes on.
 */
export function startLoad(options: {
  good: GoodContext;
  hostile: HostileContext;
  goodInFlight: number;
  hostileInFlight: number;
  tally: Tally;
  random(): number;
}) {
  const { good, hostile, tally, random } = options;
  const goodDeck = createDeck(goodKinds, random);
  const hostileDeck = createDeck(hostileKinds, random);
  let stopped = false;
  let withBombs = true;
  let goodAsked = 0;
  let hostileAsked = 0;

  function tell(what: string): void {
    if (tally.wrong.length < MAX_TOLD) tally.wrong.push(what);
  }

  async function askGood(): Promise<void> {
    const kind = goodDeck.take();
    goodAsked += 1;
    const text = `good ${goodAsked}`;
    tally.good[kind.name] ??= { asked: 0, right: 0 };
    const counts = tally.good[kind.name] as { asked: number; right: number };
    counts.asked += 1;
    try {
      await kind.run(good, text);
      counts.right += 1;
    } catch (error) {
      tell(`${kind.name}, ${text}: ${(error as Error).message}`);
    } finally {
      goodDeck.giveBack(kind);
    }
  }

  async function askHostile(): Promise<void> {
    const kind = hostileDeck.take(withBombs);
    hostileAsked += 1;
    tally.hostile[kind.name] ??= { asked: 0, right: 0, outcomes: {} };
    const counts = tally.hostile[kind.name] as Tally['hostile'][string];
    counts.asked += 1;
    const outcome = await kind
      .run(hostile, `hostile ${hostileAsked}`)
      .catch((error: Error) => `no answer: ${error.message}`);
    counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1;
    if (kind.allowed.includes(outcome)) counts.right += 1;
    else tell(`${kind.name}: ${outcome}`);
    hostileDeck.giveBack(kind);
  }

  async function loop(ask: () => Promise<void>, isAhead: () => boolean): Promise<void> {
    while (!stopped) {
      if (isAhead()) await pause(20);
      else await ask();
    }
  }
  const goodIsAhead = () => goodAsked > hostileAsked * GOOD_FOR_ONE_HOSTILE + SLACK;
  const hostileIsAhead = () => hostileAsked * GOOD_FOR_ONE_HOSTILE > goodAsked;
  const loops = [
    ...Array.from({ length: options.goodInFlight }, () => loop(askGood, goodIsAhead)),
    ...Array.from({ length: options.hostileInFlight }, () => loop(askHostile, hostileIsAhead)),
  ];
  return {
    bombsInFlight: hostileDeck.bombs,
    /** Whether pages that do harm are among what is asked from now on. */
    letBombs(allowed: boolean): void {
      withBombs = allowed;
    },
    /** Asks for nothing more, and waits for what is in hand. */
    async stop(): Promise<void> {
      stopped = true;
      await Promise.all(loops);
    },
  };
}
