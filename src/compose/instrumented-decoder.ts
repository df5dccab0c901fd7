import type { DecoderDeath } from '../encode/decoder-child.js';
import type { Observers } from './observers.js';

/** Counts and logs each decoder that ended unexpectedly; neither names the file. */
export function instrumentDecoder(
  { logger, metrics }: Pick<Observers, 'logger' | 'metrics'>,
  by: 'pictures' | 'page_checks',
) {
  return (reason: DecoderDeath, detail?: string): void => {
    metrics.decoderDeath(by, reason);
    if (reason === 'unstartable') {
      // It has read no file yet, so its output is about this machine.
      logger.error({ by, detail }, 'a process that reads pictures could not be started');
    } else {
      logger.warn({ by, reason }, 'a process that reads pictures was ended with its picture');
    }
  };
}
