import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { startTrap } from './trap-server.js';

/** Takes a question and has nothing to tell, so that the asker is soon done with it. */
const NOTHING = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

/**
 * Below the ports that the kernel gives out (32768 and up on Linux): nobody of this machine comes
 * back to one of them in search of a server that was there before.
 */
const FIRST_PORT = 28_000;
const PORTS = 4_000;

export interface EgressTrap {
  readonly port: number;
  /** TCP connections and UDP packets, ever. */
  readonly visits: number;
  /** What was sent over TCP. */
  readonly received: Buffer;
  close(): Promise<void>;
}

async function listenForPackets(port: number): Promise<{ socket: Socket; count(): number }> {
  const socket = createSocket({ type: 'udp6', ipv6Only: false });
  let packets = 0;
  socket.on('message', () => {
    packets += 1;
  });
  const listening = once(socket, 'listening');
  socket.bind(port, '::');
  await listening;
  return { socket, count: () => packets };
}

/** One port, on every address of this machine, for TCP and UDP; `answer` as in `startTrap`. */
export async function startEgressTrap(answer: () => string = () => NOTHING): Promise<EgressTrap> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const tcp = await startTrap({ host: '::', port, answer }).catch(() => undefined);
    const udp = await listenForPackets(port).catch(() => undefined);
    if (tcp && udp) {
      return {
        port,
        get visits() {
          return tcp.connections + udp.count();
        },
        get received() {
          return tcp.received;
        },
        async close() {
          udp.socket.close();
          await tcp.close();
        },
      };
    }
    // Somebody has the number.
    await tcp?.close();
    udp?.socket.close();
  }
}

/** Addresses of this machine that are not loopback, as others in its network would dial it. */
export function ownAddresses(family: 'IPv4' | 'IPv6'): string[] {
  return Object.values(networkInterfaces())
    .flat()
    .filter((one) => one?.family === family && !one.internal && !one.address.startsWith('fe80'))
    .map((one) => String(one?.address));
}
