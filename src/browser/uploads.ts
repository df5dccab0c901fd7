import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** One upload that is waited for. */
export interface Upload {
  /** Secret, and good once. */
  path: string;
  /** Rejects if what comes has another size, or breaks off. */
  body: Promise<Buffer>;
  /** Call it when nobody waits any more. */
  release(): void;
}

interface Awaited {
  bytes: number;
  resolve(body: Buffer): void;
  reject(error: Error): void;
}

/** Uploads from pages: each to an address of its own, of a size that is known before. */
export function createUploads(prefix: string) {
  const awaited = new Map<string, Awaited>();

  function answer(res: ServerResponse, status: number): void {
    res.writeHead(status, { 'content-length': 0, 'cache-control': 'no-store' });
    res.end();
  }

  return {
    receive(bytes: number): Upload {
      const path = prefix + randomBytes(18).toString('base64url');
      const body = new Promise<Buffer>((resolve, reject) => {
        awaited.set(path, { bytes, resolve, reject });
      });
      body.catch(() => undefined);
      return { path, body, release: () => awaited.delete(path) };
    },

    handle(path: string, req: IncomingMessage, res: ServerResponse): void {
      const upload = awaited.get(path);
      awaited.delete(path);
      if (!upload || Number(req.headers['content-length']) !== upload.bytes) {
        upload?.reject(new Error('an upload of another size came'));
        req.resume();
        answer(res, 404);
        return;
      }
      const body = Buffer.allocUnsafeSlow(upload.bytes);
      let length = 0;
      // The parser lets no more bytes through than the header announced.
      req.on('data', (chunk: Buffer) => {
        length += chunk.copy(body, length);
      });
      req.on('end', () => {
        upload.resolve(body);
        answer(res, 204);
      });
      req.on('error', (error) => upload.reject(error));
      req.on('aborted', () => upload.reject(new Error('an upload broke off')));
    },
  };
}
