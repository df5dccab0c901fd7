import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  atMs: number;
}

export type Answer = (received: Received, res: ServerResponse, count: number) => void;

/** A real HTTP receiver on loopback. `answer` is asked for each message; default 204. */
export async function startReceiver(
  answer: Answer = (_received, res) => void res.writeHead(204).end(),
) {
  const received: Received[] = [];
  let open = 0;
  let mostOpen = 0;
  const state = { answer };
  const server = createServer((req, res) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    res.once('close', () => {
      open -= 1;
    });
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const one: Received = {
        method: req.method ?? '',
        url: req.url ?? '',
        headers: req.headers,
        body: Buffer.concat(chunks),
        atMs: Date.now(),
      };
      received.push(one);
      state.answer(one, res, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    received,
    /** Requests open at once, at most so far. */
    mostOpen: () => mostOpen,
    answerWith(next: Answer) {
      state.answer = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

export const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_received, res) =>
    void res.writeHead(code, headers).end(body);

/** Takes the message and never says a word. */
export const hang: Answer = () => undefined;
