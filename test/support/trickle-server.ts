import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const INTERVAL_MS = 100;

/** A web server that begins each answer and never ends it, a byte now and then. */
export async function startTrickleServer() {
  const open = new Set<ServerResponse>();
  let requests = 0;
  let isOver = false;
  const server = createServer((_req, res) => {
    requests += 1;
    if (isOver) {
      res.writeHead(404).end();
      return;
    }
    res.writeHead(200, { 'content-type': 'image/png' });
    open.add(res);
    res.on('close', () => open.delete(res));
  });
  const timer = setInterval(() => {
    for (const res of open) res.write('x');
  }, INTERVAL_MS);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (path: string) => `http://127.0.0.1:${port}/${path}`,
    /** For `EGRESS_ALLOW`. */
    allow: `127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    get open() {
      return open.size;
    },
    /** From now on there is nothing here, and it is told at once. */
    end() {
      isOver = true;
      for (const res of open) res.destroy();
    },
    again() {
      isOver = false;
    },
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type TrickleServer = Awaited<ReturnType<typeof startTrickleServer>>;
