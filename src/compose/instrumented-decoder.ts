import type { DecoderDeath } from '../encode/decoder-child.js';
import type { Observers } from './observers.js';

/** One figure and one line for each decoder that ended before its time; neither says of which file. */
export function instrumentDecoder(
  { logger, metrics }: Pick<Observers, 'logger' | 'metrics'>,
  by: 'pictures' | 'page_checks',
) {
  return (reason: DecoderDeath, detail?: string): void => {
    metrics.decoderDeath(by, reason);
    if (reason === 'unstartable') {
      // It has seen no file yet: what it says is of this machine.
      logger.error({ by, detail }, 'a process that reads pictures could not be started');
    } else {
      logger.warn({ by, reason }, 'a process that reads pictures was ended with its picture');
    }
  };
}
