import { createHash } from 'node:crypto';
import type { DeliveryType } from './delivery.js';

/**
 * The id of the message that notifies `url` that `subject` (an image's id and generation, or a
 * batch's id) had the event `type`. Repeating it, even after a crash, gives the same id.
 */
export function deliveryId(message: { type: DeliveryType; subject: string; url: string }): string {
  const { type, subject, url } = message;
  const hash = createHash('sha256')
    .update(JSON.stringify([type, subject, url]))
    .digest('hex');
  return `msg_${hash.slice(0, 32)}`;
}
