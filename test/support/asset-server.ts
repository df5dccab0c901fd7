import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server of pictures that answers when the test says so. */
export async function startAssetServer(picture: Buffer) {
  const held: (() => void)[] = [];
  let isHolding = false;
  let requests = 0;
  const server = createServer((req, res) => {
    requests += 1;
    const answer = () => {
      if (req.url?.startsWith('/missing')) {
        res.writeHead(404).end();
        return;
      }
      res.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length });
      res.end(picture);
    };
    if (isHolding) held.push(answer);
    else answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: (path = '/picture.png') => `http://127.0.0.1:${port}${path}`,
    /** For `EGRESS_ALLOW`. */
    allow: `127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    /** Requests that wait for `release`. */
    get held() {
      return held.length;
    },
    hold() {
      isHolding = true;
    },
    release() {
      isHolding = false;
      for (const answer of held.splice(0)) answer();
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type AssetServer = Awaited<ReturnType<typeof startAssetServer>>;
