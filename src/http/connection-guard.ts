import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { clientNetwork } from './client-network.js';
import { isInside } from './inside-networks.js';
import {
  createReaderMonitor,
  MIN_READ_BYTES,
  READ_WINDOW_MS,
  type ReaderMonitor,
} from './slow-readers.js';
import { readUnsentBytes } from './unsent-bytes.js';

/**
 * For one client network. A browser opens six for a host (HTTP/1.1), so that is an office; proxies
 * and CDNs are named in `isProxy`, and those in private networks are known.
 */
const MAX_CLIENT_CONNECTIONS = 256;
/** Extra connections above the limit: for probes, and to answer 503. The newest are kept. */
const SPARE_CONNECTIONS = 64;
const SPARE_MS = 5_000;
/** Time for a new connection to send a request, before it may be closed. */
const IDLE_MS = 2_000;
const CHECK_INTERVAL_MS = 5_000;

export type CutReason = 'slow_reader' | 'too_many' | 'too_many_of_client' | 'idle';

export interface ConnectionLimits {
  /** In all; without it as many as come. */
  maxConnections?: number;
  maxClientConnections?: number;
  /** How long a reader may take less than `minReadBytes`. */
  readWindowMs?: number;
  minReadBytes?: number;
  checkIntervalMs?: number;
  /** Many people come from such an address: it is not taken for one client. */
  isProxy?: (address: string) => boolean;
  /** Called for each connection that was closed here. */
  onCut?: (reason: CutReason) => void;
}

interface Connection {
  socket: Socket;
  client: string | undefined;
  answers: number;
  idleSinceMs: number;
  /** Above the limit: only probes are answered. */
  refusal: 'too_many' | 'too_many_of_client' | undefined;
  reader: ReaderMonitor;
}

const PROBES = /^\/(?:healthz|readyz)(?:\?|$)/;

/**
 * Bounds the connections of a server: slow readers are cut, and of too many connections idle ones
 * are closed first. Returns which requests may be answered; the others are to get 503.
 */
export function guardConnections(server: Server, limits: ConnectionLimits = {}) {
  const maxConnections = limits.maxConnections ?? Number.POSITIVE_INFINITY;
  const maxClientConnections = limits.maxClientConnections ?? MAX_CLIENT_CONNECTIONS;
  const isProxy = limits.isProxy ?? isInside;
  const reading = {
    windowMs: limits.readWindowMs ?? READ_WINDOW_MS,
    minBytes: limits.minReadBytes ?? MIN_READ_BYTES,
  };
  /** In the order in which they were last busy. */
  const open = new Map<Socket, Connection>();
  /** Beyond the most, oldest first. */
  const spare = new Set<Connection>();
  const byClient = new Map<string, number>();

  function cut(connection: Connection, reason: CutReason): void {
    forget(connection);
    connection.socket.destroy();
    limits.onCut?.(reason);
  }

  function forget(connection: Connection): void {
    if (!open.delete(connection.socket)) return;
    spare.delete(connection);
    const { client } = connection;
    if (client === undefined) return;
    const left = (byClient.get(client) ?? 1) - 1;
    if (left > 0) byClient.set(client, left);
    else byClient.delete(client);
  }

  /** As nginx closes connections that are kept alive when new ones need their place. */
  function makeRoom(client?: string): boolean {
    const now = performance.now();
    for (const connection of open.values()) {
      const mayGo = connection.answers === 0 && now - connection.idleSinceMs > IDLE_MS;
      if (!mayGo || (client !== undefined && connection.client !== client)) continue;
      cut(connection, 'idle');
      return true;
    }
    return false;
  }

  function judge(connection: Connection): void {
    const { client, socket } = connection;
    if (client !== undefined && (byClient.get(client) ?? 0) > maxClientConnections) {
      if (!makeRoom(client)) connection.refusal = 'too_many_of_client';
    }
    if (connection.refusal === undefined && open.size - spare.size > maxConnections) {
      if (!makeRoom()) connection.refusal = 'too_many';
    }
    if (connection.refusal === undefined) return;
    spare.add(connection);
    const [oldest] = spare;
    if (oldest && spare.size > SPARE_CONNECTIONS) cut(oldest, connection.refusal);
    const timer = setTimeout(() => cut(connection, connection.refusal ?? 'too_many'), SPARE_MS);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  }

  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const client =
      remoteAddress === undefined || isProxy(remoteAddress)
        ? undefined
        : clientNetwork(remoteAddress);
    const connection: Connection = {
      ...{ socket, client, answers: 0, refusal: undefined },
      idleSinceMs: performance.now(),
      reader: createReaderMonitor(socket, reading),
    };
    open.set(socket, connection);
    if (client !== undefined) byClient.set(client, (byClient.get(client) ?? 0) + 1);
    socket.once('close', () => forget(connection));
    judge(connection);
  });

  async function cutSlowReaders(): Promise<void> {
    const looked = performance.now();
    const suspects = [...open.values()].filter(({ reader }) => reader.isSuspect(looked));
    if (suspects.length === 0) return;
    const unsentOf = await readUnsentBytes();
    const now = performance.now();
    for (const suspect of suspects) {
      const isOpen = open.has(suspect.socket);
      if (isOpen && suspect.reader.isTooSlow(now, unsentOf(suspect.socket))) {
        cut(suspect, 'slow_reader');
      }
    }
  }

  const timer = setInterval(
    () => void cutSlowReaders(),
    limits.checkIntervalMs ?? CHECK_INTERVAL_MS,
  );
  timer.unref();
  server.once('close', () => clearInterval(timer));

  return {
    /** Notes that a request is being answered. False: there is no capacity for it. */
    admit(req: IncomingMessage, res: ServerResponse): boolean {
      const connection = open.get(req.socket);
      if (!connection) return true;
      connection.answers += 1;
      res.once('close', () => {
        connection.answers -= 1;
        connection.idleSinceMs = performance.now();
        // Behind the others: it was busy last.
        if (open.delete(connection.socket)) open.set(connection.socket, connection);
      });
      if (connection.refusal === undefined) return true;
      limits.onCut?.(connection.refusal);
      res.setHeader('Connection', 'close');
      return PROBES.test(req.url ?? '');
    },
  };
}
