import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Gives out files by address, as long as they are wanted. */
export async function startAssetServer() {
  const files = new Map<string, Buffer>();
  const server = createServer((req, res) => {
    const file = files.get(req.url ?? '');
    if (!file) return void res.writeHead(404).end();
    // A content type that says nothing: what a file is, its bytes tell.
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    res.end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** For EGRESS_ALLOW. */
    host,
    offer(path: string, bytes: Buffer): { url: string; withdraw(): void } {
      files.set(path, bytes);
      return { url: `http://${host}${path}`, withdraw: () => void files.delete(path) };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type AssetServer = Awaited<ReturnType<typeof startAssetServer>>;
