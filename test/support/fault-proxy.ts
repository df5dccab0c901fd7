import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { until } from './until.js';

/**
 * What stands between a client and its server:
 * - `pass`: nothing; what `hang` held up goes on where it stood;
 * - `hang`: connections are taken and kept, and not a byte comes through, in either direction;
 * - `refuse`: nobody listens, and what was open is cut;
 * - `reset`: each connection is taken, and cut with its first bytes;
 * - `slow`: answers trickle;
 * - `status`: every HTTP request gets this answer.
 */
export type Fault =
  | { mode: 'pass' | 'hang' | 'refuse' | 'reset' }
  | { mode: 'slow'; bytesPerSecond: number }
  | { mode: 'status'; code: number; body?: string };

const SLICES_PER_SECOND = 20;
const LISTEN_TIMEOUT_MS = 10_000;

/** Passes at most so many bytes a second on. */
async function trickle(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  const sliceBytes = Math.max(1, Math.floor(bytesPerSecond / SLICES_PER_SECOND));
  for await (const chunk of from as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length && !to.destroyed; at += sliceBytes) {
      to.write(chunk.subarray(at, at + sliceBytes));
      await new Promise((resolve) => setTimeout(resolve, 1_000 / SLICES_PER_SECOND));
    }
  }
  to.end();
}

/** One client's connection and, once it is let through, the one to the server. */
function createPassage(client: Socket, target: NetConnectOpts) {
  let server: Socket | undefined;
  const cut = () => {
    client.resetAndDestroy();
    server?.destroy();
  };
  client.on('error', cut);
  client.on('close', cut);
  return {
    cut,
    hold(): void {
      client.unpipe();
      client.pause();
      server?.unpipe();
      server?.pause();
    },
    letThrough(bytesPerSecond?: number): void {
      if (!server) {
        server = connect(target);
        server.on('error', cut);
        server.on('close', () => client.end());
      }
      client.pipe(server);
      if (bytesPerSecond === undefined) server.pipe(client);
      else trickle(server, client, bytesPerSecond).catch(cut);
    },
  };
}

async function listenOn(server: Server, port: number): Promise<number> {
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  await listening;
  return (server.address() as AddressInfo).port;
}

/** A port on loopback before a real server (TCP or a Unix socket), for tests to break. */
export async function startFaultProxy(target: NetConnectOpts) {
  let fault: Fault = { mode: 'pass' };
  const open = new Set<ReturnType<typeof createPassage>>();
  const stranded = new Set<ReturnType<typeof createPassage>>();
  const speaker = createHttpServer((req, res) => {
    req.resume();
    req.once('end', () => {
      const { code, body = '' } = fault.mode === 'status' ? fault : { code: 503 };
      res.writeHead(code, { connection: 'close' }).end(body);
    });
  });
  const server = createServer((client) => {
    const passage = createPassage(client, target);
    open.add(passage);
    client.once('close', () => open.delete(passage) || stranded.delete(passage));
    if (fault.mode === 'pass') passage.letThrough();
    else if (fault.mode === 'hang') passage.hold();
    else if (fault.mode === 'slow') passage.letThrough(fault.bytesPerSecond);
    else if (fault.mode === 'status') speaker.emit('connection', client);
    else client.once('data', passage.cut);
  });
  const port = await listenOn(server, 0);
  const cutAll = () => {
    for (const passage of open) passage.cut();
  };

  return {
    port,
    /** From now on, also for the connections that are open. */
    async become(next: Fault): Promise<void> {
      const before = fault.mode;
      fault = next;
      if (next.mode === 'hang' && before === 'pass') for (const one of open) one.hold();
      else if (next.mode === 'pass' && before === 'hang') for (const one of open) one.letThrough();
      else cutAll();
      if (next.mode === 'refuse') server.close();
      else if (!server.listening) {
        // Somebody's outgoing connection may have the port for a moment.
        await until(() => listenOn(server, port).then(Boolean, () => false), LISTEN_TIMEOUT_MS);
      }
    },
    /**
     * The other end of what is open is gone without a word, as of a machine that died: nothing
     * comes through these connections ever again. New ones pass.
     */
    strand(): void {
      for (const one of open) one.hold();
      for (const one of open) stranded.add(one);
      open.clear();
    },
    async stop(): Promise<void> {
      for (const one of stranded) one.cut();
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close(() => undefined);
      cutAll();
      await closed;
    },
  };
}

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;
