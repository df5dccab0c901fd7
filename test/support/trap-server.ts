import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Trap {
  readonly port: number;
  /** Connections that were opened, ever. */
  readonly connections: number;
  /** What was sent, over all connections. */
  readonly received: Buffer;
  /** Resolves once a connection has been opened. */
  sprung(): Promise<void>;
  close(): Promise<void>;
}

export interface TrapOptions {
  host?: string;
  /** The same port on another address family, to see which one is dialled. */
  port?: number;
  /** Called with each chunk; what it returns is sent back. Default: silence. */
  answer?: (chunk: Buffer, socket: Socket) => string | Buffer | undefined;
}

/** A bare TCP server that counts who comes: for proving that nobody does, or who did. */
export async function startTrap(options: TrapOptions = {}): Promise<Trap> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const answer = options.answer?.(chunk, socket);
      if (answer !== undefined) socket.write(answer);
    });
  });
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get received() {
      return Buffer.concat(chunks);
    },
    async sprung() {
      if (connections === 0) await once(server, 'connection');
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
