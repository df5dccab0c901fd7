import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express, { type Response } from 'express';
import { sendLongJson } from '../../../src/http/send-long-json.js';

/** Answers one request with `send`, and tells the text and how long what was written at once was. */
async function answer(send: (res: Response) => Promise<void>) {
  const written: number[] = [];
  const app = express();
  app.get('/', async (_req, res) => {
    const write = res.write.bind(res) as (...args: unknown[]) => boolean;
    const end = res.end.bind(res) as (...args: unknown[]) => Response;
    const note = (chunk: unknown) => {
      if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) written.push(chunk.length);
    };
    res.write = (...args: unknown[]) => {
      note(args[0]);
      return write(...args);
    };
    res.end = (...args: unknown[]) => {
      note(args[0]);
      return end(...args);
    };
    await send(res);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`);
    return { type: response.headers.get('content-type'), text: await response.text(), written };
  } finally {
    server.close();
  }
}

describe('an object with long lists', () => {
  const problems = Array.from({ length: 20_000 }, (_, i) => ({
    row: i + 1,
    items: [{ code: 'invalid_data', severity: 'error', message: `is wrong in row ${i + 1}` }],
  }));

  it('is written some entries at a time, and is the JSON that it would be at once', async () => {
    const object = { total: 20_000, notes: [], nothing: undefined, problems, last: { a: [1] } };
    const { type, text, written } = await answer((res) => sendLongJson(res, object));
    expect(type).toBe('application/json; charset=utf-8');
    expect(text).toBe(JSON.stringify(object));
    // 100 entries: 12 KB. As one text they are 2 MB.
    expect(Math.max(...written)).toBeLessThan(32 * 1024);
    expect(written.length).toBeGreaterThan(200);
  });

  it('goes on where blanks were sent before it', async () => {
    const { text } = await answer(async (res) => {
      res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
      res.write(' ');
      await sendLongJson(res, { problems });
    });
    expect(text).toBe(` ${JSON.stringify({ problems })}`);
  });

  it('ends where the client goes away', async () => {
    const app = express();
    const long = { problems: Array.from({ length: 100 }, () => problems).flat() };
    const sent = new Promise<void>((resolve) => {
      app.get('/', (_req, res) => void sendLongJson(res, long).then(resolve));
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const gone = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: gone.signal });
    await response.body?.getReader().read();
    gone.abort();
    await sent;
    server.close();
  });
});
