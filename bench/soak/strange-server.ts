import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import sharp from 'sharp';

const TRICKLE_MS = 200;
const LARGE_BYTES = 30 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 1);

function trickle(res: ServerResponse, type: string): void {
  res.writeHead(200, { 'content-type': type });
  const timer = setInterval(() => res.write('a'), TRICKLE_MS);
  res.on('close', () => clearInterval(timer));
}

function large(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'image/png' });
  let left = LARGE_BYTES;
  const more = () => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!res.write(CHUNK)) return void res.once('drain', more);
    }
    res.end();
  };
  more();
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/**
 * Hosts that the service is allowed to call, and that mostly do not behave: pictures that never
 * begin, never end, are too large, or lead in circles; and an endpoint of webhooks that remembers
 * what it was told.
 */
export async function startStrangeServer() {
  const picture = await sharp({
    create: { width: 64, height: 64, channels: 3, background: '#3366cc' },
  })
    .png()
    .toBuffer();
  const told = new Set<string>();
  const server = createServer((req, res) => {
    const path = req.url ?? '/';
    if (path.startsWith('/hook')) {
      void bodyOf(req).then((body) => {
        for (const [, id] of body.matchAll(/"id":"([^"]+)"/g)) if (id) told.add(id);
        res.writeHead(204).end();
      });
    } else if (path.startsWith('/good')) {
      res.writeHead(200, { 'content-type': 'image/png' }).end(picture);
    } else if (path.startsWith('/trickle')) trickle(res, 'image/png');
    else if (path.startsWith('/endless')) trickle(res, 'font/woff2');
    else if (path.startsWith('/large')) large(res);
    else if (path.startsWith('/circle')) {
      res.writeHead(302, { location: `/circle?${Math.random()}` }).end();
    } else if (path.startsWith('/reset')) req.socket.destroy();
    else if (path.startsWith('/into-trap')) {
      res.writeHead(302, { location: decodeURIComponent(path.split('?')[1] ?? '') }).end();
    } else if (!path.startsWith('/silence')) res.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    /** Whether a webhook spoke of this id; it is asked for once. */
    wasTold: (id: string) => told.delete(id),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type StrangeServer = Awaited<ReturnType<typeof startStrangeServer>>;

/** Nothing may ever connect to it. */
export async function startTrap() {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () => void server.close(),
  };
}

export type Trap = Awaited<ReturnType<typeof startTrap>>;
