import { Queue } from 'bullmq';
import type { RedisServer } from './redis-server.js';

const opened = new Map<RedisServer, Map<string, Queue>>();

/**
 * A queue as BullMQ sees it: the service gives out none of its own. It is opened once for a server,
 * and ends with the server's connections.
 */
export function bullQueue(server: RedisServer, name: string): Queue {
  const queues = opened.get(server) ?? new Map<string, Queue>();
  opened.set(server, queues);
  const known = queues.get(name);
  if (known) return known;
  const queue = new Queue(name, {
    connection: server.connect({ maxRetriesPerRequest: null }),
    skipVersionCheck: true,
  });
  queue.on('error', () => undefined);
  queues.set(name, queue);
  return queue;
}
