import { LRUCache } from 'lru-cache';
import type { CaptureForm } from '../images/ports.js';
import type { CaptureWay } from './capture.js';
import { MAX_TRIED_PAGES, MIN_RENDERS_BEFORE_TRIAL } from './trial-limits.js';

/** How the pixels of a template page are taken, and why. */
export interface CaptureDecision {
  way: CaptureWay;
  /** `same`: both ways give the same pixels; else why elements are not drawn. */
  reason: 'same' | 'differs' | 'unsupported' | 'failed';
  /** The largest difference between the two ways, of 255; absent if they were not compared. */
  maxDifference?: number;
}

/** A trial may fail for want of time on a busy machine; it is made again, later each time. */
const MAX_TRIALS = 3;
const LATER = 10;

interface Entry {
  renders: number;
  /** Renders at which the next trial is due. */
  dueAt: number;
  trials: number;
  decision?: CaptureDecision;
}

/**
 * Which way each template page (template version, size and scale) is captured, in this process. It
 * begins with screenshots; after some renders the other way is tried, and taken where it gives the
 * same pixels.
 */
export function createCaptureWays(
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
     * For images in this form. Samples cost more to draw in tiles and to upload than a screenshot
     * as PNG, so only files of the browser's encoders are taken the other way.
     */
    wayOf(pageName: string, form: CaptureForm): CaptureWay {
      const decided = entries.peek(pageName)?.decision?.way ?? 'screenshot';
      return only ?? (form.type === 'png' ? 'screenshot' : decided);
    },

    /** Counts a render. True: that caller, and no other, is to try the other way now. */
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
        entry.dueAt = entry.renders * LATER;
      }
    },
  };
}
