import { createHash } from 'node:crypto';
import type { DeliveryType } from './delivery.js';

/**
 * The id of the one message that tells `url` that `subject` (an image's id and generation, a
 * batch's id) came to what `type` says: whoever asks twice, or dies and asks again, gets the same.
 */
export function deliveryId(message: { type: DeliveryType; subject: string; url: string }): string {
  const { type, subject, url } = message;
  const hash = createHash('sha256')
    .update(JSON.stringify([type, subject, url]))
    .digest('hex');
  return `msg_${hash.slice(0, 32)}`;
}
