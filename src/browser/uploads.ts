import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An upload that the service waits for. */
export interface Upload {
  /** Secret, and valid for one request. */
  path: string;
  /** Rejects if the upload has another size than announced, or is aborted. */
  body: Promise<Buffer>;
  /** Call it when nobody waits any more. */
  release(): void;
}

interface PendingUpload {
  bytes: number;
  resolve(body: Buffer): void;
  reject(error: Error): void;
}

/** Uploads from browser pages. Each has its own path below `prefix`, and a size known in advance. */
export function createUploads(prefix: string) {
  const pending = new Map<string, PendingUpload>();

  function answer(res: ServerResponse, status: number): void {
    res.writeHead(status, { 'content-length': 0, 'cache-control': 'no-store' });
    res.end();
  }

  return {
    receive(bytes: number): Upload {
      const path = prefix + randomBytes(18).toString('base64url');
      const body = new Promise<Buffer>((resolve, reject) => {
        pending.set(path, { bytes, resolve, reject });
      });
      body.catch(() => undefined);
      return { path, body, release: () => pending.delete(path) };
    },

    handle(path: string, req: IncomingMessage, res: ServerResponse): void {
      const upload = pending.get(path);
      pending.delete(path);
      if (!upload || Number(req.headers['content-length']) !== upload.bytes) {
        upload?.reject(new Error('an upload of another size came'));
        req.resume();
        answer(res, 404);
        return;
      }
      const body = Buffer.allocUnsafeSlow(upload.bytes);
      let length = 0;
      // Node's HTTP parser passes no more bytes than the header announced.
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
