import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const INTERVAL_MS = 100;

/** A web server that begins each answer and never ends it, a byte now and then. */
export async function startTrickleServer() {
  const open = new Set<ServerResponse>();
  let requests = 0;
  const server = createServer((_req, res) => {
    requests += 1;
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
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type TrickleServer = Awaited<ReturnType<typeof startTrickleServer>>;
