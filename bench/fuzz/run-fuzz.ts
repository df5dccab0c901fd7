import { createAsk } from '../soak/http-client.js';
import { metricIn } from '../soak/take-sample.js';
import { askFuzzed, isAllowed } from './ask-fuzzed.js';
import type { AssetServer } from './asset-server.js';
import { BOUNDS } from './bounds.js';
import { makeCorpus } from './corpus.js';
import type { Ending, FuzzRun, Reading, Suspect } from './fuzz-run.js';
import type { FuzzInput } from './input.js';
import { makeInput } from './make-input.js';
import { startMemoryWatch } from './memory-watch.js';
import { createProber } from './prober.js';

const RESTART_REASONS = ['crashed', 'hung', 'memory', 'quota'];

export interface FuzzOptions {
  /** A service with the templates of the tests, which may ask the server of pictures. */
  service: { url: string; pid: number; key: string };
  pictures: AssetServer;
  seed: number;
  /** The places of the run, in order; it ends with them or with `isOver`. */
  places: Iterable<number>;
  isOver?: () => boolean;
  /** Inputs under way at once. */
  inFlight: number;
  idleProbes: number;
  onNews?(news: { ended: number; reading: Reading }): void;
}

/** Why the processes of one reading are too large; empty where none is. */
function tooLarge({ processes }: Reading): string {
  const beyond = processes.filter(({ role, peakBytes }) => peakBytes > BOUNDS[role]);
  return beyond.map(({ role, pid }) => `${role} ${pid} is above its bound`).join(', ');
}

/** Inputs one after another, several at once, beside an honest caller; memory is read meanwhile. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzRun> {
  const { service, pictures, seed } = options;
  const ask = createAsk(service.url, service.key);
  const corpus = await makeCorpus();
  const prober = createProber({ ask, pictures, name: `honest ${seed}` });
  const endings: Ending[] = [];
  const suspects = new Map<number, Suspect>();
  const underWay = new Map<number, FuzzInput>();
  let brokenOff = '';

  function suspectAll(why: string): void {
    for (const [place, input] of underWay) {
      if (!suspects.has(place)) suspects.set(place, { place, why, input });
    }
  }

  const idleProbes = await prober.some(options.idleProbes);
  const seen = new Set<number>();
  const watch = startMemoryWatch({
    pid: service.pid,
    maxTreeBytes: BOUNDS.tree,
    ended: () => endings.length,
    onReading(reading) {
      const why = tooLarge(reading);
      // Once for each process: a peak stays with it to its end.
      const fresh = reading.processes.some(({ pid, role, peakBytes }) => {
        if (peakBytes <= BOUNDS[role] || seen.has(pid)) return false;
        seen.add(pid);
        return true;
      });
      if (fresh) suspectAll(why);
      options.onNews?.({ ended: endings.length, reading });
    },
    onRunAway(bytes) {
      brokenOff = `all processes together had ${Math.round(bytes / 1024 / 1024)} MB, and were ended`;
      suspectAll('under way as memory ran away');
    },
  });

  const places = options.places[Symbol.iterator]();
  async function work(): Promise<void> {
    while (!brokenOff && !options.isOver?.()) {
      const next = places.next();
      if (next.done) return;
      const place = next.value;
      const input = makeInput(corpus, seed, place);
      underWay.set(place, input);
      const began = performance.now();
      const outcome = await askFuzzed({ ask, pictures }, input, { seed, place });
      underWay.delete(place);
      endings.push({ place, kind: input.kind, outcome, ms: performance.now() - began });
      if (!isAllowed(outcome) && !suspects.has(place)) {
        suspects.set(place, { place, why: outcome, input });
      }
    }
  }

  let isDone = false;
  const probing = prober.keepOn(() => isDone || brokenOff !== '');
  await Promise.all(Array.from({ length: options.inFlight }, work));
  isDone = true;
  const probes = await probing;
  const metrics = await ask('/metrics').then(
    ({ bytes }) => bytes.toString(),
    () => '',
  );
  await watch.stop();
  const browserRestarts = Object.fromEntries(
    RESTART_REASONS.map((reason) => [
      reason,
      metricIn(metrics, 'cardpress_browser_restarts_total', `reason="${reason}"`),
    ]),
  );
  return {
    endings,
    idleProbes,
    probes,
    readings: watch.readings,
    suspects: [...suspects.values()],
    brokenOff,
    browserRestarts,
  };
}
