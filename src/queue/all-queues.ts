import { DELIVERY_QUEUE } from './delivery-jobs.js';
import { BULK_QUEUE, ISOLATED_QUEUE, LINK_QUEUE, RENDER_QUEUE } from './render-jobs.js';

/** The names of all queues, in the order in which the dashboard shows them. */
export const ALL_QUEUES = [
  RENDER_QUEUE,
  BULK_QUEUE,
  LINK_QUEUE,
  ISOLATED_QUEUE,
  DELIVERY_QUEUE,
] as const;
