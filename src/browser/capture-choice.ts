import { LRUCache } from 'lru-cache';
import type { CaptureForm } from '../images/ports.js';
import type { CaptureWay } from './capture.js';
import { MAX_TRIED_PAGES, MIN_RENDERS_BEFORE_TRIAL } from './trial-limits.js';

/** In which way a template page is captured, and why. */
export interface CaptureDecision {
  way: CaptureWay;
  /** `same`: both ways give the same pixels. Others: why `element` is not used. */
  reason: 'same' | 'differs' | 'unsupported' | 'failed';
  /** The largest difference of a channel between the two ways, 0 to 255. Absent: not compared. */
  maxDifference?: number;
}

/** A trial may run out of time on a busy machine, so one that failed is repeated. */
const MAX_TRIALS = 3;
/** The next trial is due when the page has so many times the renders that it has now. */
const RETRY_FACTOR = 10;

interface Entry {
  renders: number;
  /** Renders at which the next trial is due. */
  dueAt: number;
  trials: number;
  decision?: CaptureDecision;
}

/**
 * Chooses in which way each template page (template version, size and scale) is captured by this
 * process: at first by screenshot. After `minRenders` renders a trial is due, and `element` is used
 * from then on if it gives the same pixels.
 */
export function createCaptureChoice(
  options: { minRenders?: number | undefined; only?: CaptureWay | undefined } = {},
) {
  const { minRenders = MIN_RENDERS_BEFORE_TRIAL, only } = options;
  const entries = new LRUCache<string, Entry>({ max: MAX_TRIED_PAGES });

  function entryOf(pageName: string): Entry {
    const known = entries.get(pageName);
    if (known) return known;
    const entry: Entry = { renders: 0, dueAt: minRenders, trials: 0 };
    entries.set(pageName, entry);
    return entry;
  }

  return {
    /**
     * The way for images in this form. Raw pixels cost more to draw in tiles and to upload than a
     * screenshot as PNG, so only files of the browser's encoders are captured by `element`.
     */
    wayOf(pageName: string, form: CaptureForm): CaptureWay {
      const decided = entries.peek(pageName)?.decision?.way ?? 'screenshot';
      return only ?? (form.type === 'png' ? 'screenshot' : decided);
    },

    /** Counts a render. True: this caller, and no other, is to make the trial now. */
    isDue(pageName: string): boolean {
      if (only) return false;
      const entry = entryOf(pageName);
      entry.renders += 1;
      if (entry.renders < entry.dueAt) return false;
      entry.trials += 1;
      entry.dueAt = Number.POSITIVE_INFINITY;
      return true;
    },

    decide(pageName: string, decision: CaptureDecision): void {
      const entry = entryOf(pageName);
      entry.decision = decision;
      if (decision.reason === 'failed' && entry.trials < MAX_TRIALS) {
        entry.dueAt = entry.renders * RETRY_FACTOR;
      }
    },
  };
}
