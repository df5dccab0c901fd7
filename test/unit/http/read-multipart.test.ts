import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { type FilePart, type Multipart, readMultipart } from '../../../src/http/read-multipart.js';
import { type SpooledUpload, spoolUpload } from '../../../src/tables/spool-upload.js';
import { until } from '../../support/until.js';

const MAX_FILE_BYTES = 4 * 1024 * 1024;

interface Taken extends SpooledUpload {
  part: FilePart;
}

let directory: string;
let server: Server;
let url: string;
let begun: number;
/** What each request came to. */
let outcomes: (Multipart<Taken> | AppError | Error)[];
let take: (stream: Readable, part: FilePart) => Promise<Taken>;

const left = () => readdir(directory);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'multipart-'));
  begun = 0;
  outcomes = [];
  take = async (stream, part) => ({
    ...(await spoolUpload(stream, { directory, maxBytes: MAX_FILE_BYTES })),
    part,
  });
  server = createServer(async (req, res) => {
    begun += 1;
    const outcome = await readMultipart<Taken>(req, {
      maxFieldBytes: 100,
      maxFields: 3,
      onFile: (stream, part) => take(stream, part),
      discard: (taken) => taken.remove(),
    }).catch((error: Error) => error);
    outcomes.push(outcome);
    res.statusCode = outcome instanceof AppError ? outcome.status : 200;
    res.end(outcome instanceof AppError ? outcome.detail : 'taken');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

function form(parts: [string, string | Blob, string?][]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  }
  return data;
}

const csv = (content: string | Buffer<ArrayBuffer>) => new Blob([content], { type: 'text/csv' });

async function post(body: FormData): Promise<{ status: number; detail: string }> {
  const response = await fetch(url, { method: 'POST', body });
  return { status: response.status, detail: await response.text() };
}

/** A form as bytes, where a client would not let it through. */
async function postRaw(body: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'multipart/form-data; boundary=b', ...headers },
  });
  return `${response.status} ${await response.text()}`;
}

const rawPart = (disposition: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;

/** Begins a form of a file by hand, and leaves it open. */
async function beginUpload(content: string): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const body =
    rawPart('name="template"', 'article') + rawPart('name="file"; filename="a.csv"', content);
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999999\r\n\r\n${body}`,
  );
  return socket;
}

describe('a form', () => {
  it('gives its fields and its file, in whatever order they come', async () => {
    const content = Buffer.alloc(3 * 1024 * 1024, 'ä,b\n');
    const data = form([
      ['template', 'article'],
      ['file', csv(content), '../Übersicht.csv'],
      ['mapping', '{"title": "Größe"}'],
    ]);
    expect(await post(data)).toEqual({ status: 200, detail: 'taken' });
    const [{ fields, file }] = outcomes as [Multipart<Taken>];
    expect(fields).toEqual({ template: 'article', mapping: '{"title": "Größe"}' });
    expect(file?.part).toEqual({ filename: 'Übersicht.csv', contentType: 'text/csv' });
    expect((await readFile(file?.path ?? '')).equals(content)).toBe(true);
  });

  it('may have no file, or an empty one', async () => {
    expect((await post(form([['template', 'article']]))).status).toBe(200);
    expect(outcomes[0]).toEqual({ fields: { template: 'article' } });
    expect((await post(form([['file', csv(''), 'a.csv']]))).status).toBe(200);
    expect(outcomes[1]).toMatchObject({ fields: {}, file: { bytes: 0 } });
  });

  it('may give its file without a file name', async () => {
    expect(await postRaw(`${rawPart('name="file"', 'a\n1')}--b--\r\n`)).toBe('200 taken');
    expect(outcomes[0]).toMatchObject({ file: { bytes: 3, part: { filename: '' } } });
  });

  it('keeps a field called __proto__ a field', async () => {
    expect((await post(form([['__proto__', 'x']]))).status).toBe(200);
    const [{ fields }] = outcomes as [Multipart<Taken>];
    expect(Object.entries(fields)).toEqual([['__proto__', 'x']]);
  });

  it('goes on where the file was not read to its end', async () => {
    take = async (_stream, part) => ({ path: '', bytes: 0, remove: async () => {}, part });
    const data = form([
      ['file', csv(Buffer.alloc(MAX_FILE_BYTES)), 'a.csv'],
      ['template', 'article'],
    ]);
    expect((await post(data)).status).toBe(200);
    expect(outcomes[0]).toMatchObject({ fields: { template: 'article' } });
  });
});

describe('another body', () => {
  it.each([
    ['application/json', 'Send a form, with the header "Content-Type: multipart/form-data".'],
    ['multipart/mixed; boundary=b', 'Send a form, with the header'],
    ['multipart/form-data', 'lacks its boundary. Leave this header to your HTTP client.'],
    ['multipart/form-data; boundary=', 'lacks its boundary.'],
  ])('of type %s is 415', async (type, detail) => {
    const answer = await postRaw('{}', { 'content-type': type });
    expect(answer).toContain('415 ');
    expect(answer).toContain(detail);
  });

  it('that is compressed is 415', async () => {
    expect(await postRaw('x', { 'content-encoding': 'gzip' })).toBe(
      '415 Send the form as it is, without compression.',
    );
  });
});

describe('a wrong form', () => {
  const file: [string, Blob, string] = ['file', csv('a\n1'), 'a.csv'];

  it.each<[string, [string, string | Blob, string?][], string, string]>([
    ['two files', [file, file], 'file', 'file: is there twice. Send one file.'],
    [
      'a file of another name',
      [['csv', csv('a'), 'a.csv']],
      'csv',
      'csv: is a file. Send the file in the field "file".',
    ],
    ['a field twice', [file, ['a', '1'], ['a', '2']], 'a', 'a: is there twice. Send it once.'],
    [
      'a long field',
      [file, ['a', 'x'.repeat(101)]],
      'a',
      'a: is larger than 100 bytes. Shorten it.',
    ],
    [
      'many fields',
      [file, ['a', '1'], ['b', '1'], ['c', '1'], ['d', '1']],
      '',
      'The form has more than 3 fields. Send only what is known.',
    ],
    [
      'a field without a name',
      [file, ['', '1']],
      '',
      'A field of the form has no name, or one over 100 characters.',
    ],
  ])('with %s says so and leaves no file', async (_name, parts, path, detail) => {
    expect(await post(form(parts))).toEqual({ status: 422, detail });
    expect(outcomes[0]).toMatchObject({ code: 'invalid_request', errors: [{ path }] });
    expect(await left()).toEqual([]);
  });

  it.each([
    ['without an end', rawPart('name="a"', 'x')],
    ['cut off in its file', rawPart('name="file"; filename="a.csv"', 'a\n1\n')],
    ['that is none', 'hello'],
    ['of nothing', ''],
  ])('%s is damaged', async (_name, body) => {
    expect(await postRaw(body)).toBe('422 The form is damaged or cut off. Send it again.');
    expect(await left()).toEqual([]);
  });

  it('with too large a file answers, and the connection is fit for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (body: string) => {
      const headers = { 'content-type': 'multipart/form-data; boundary=b' };
      const sent = request(url, { method: 'POST', agent, headers });
      const finished = once(sent, 'finish');
      sent.end(body);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const answer = `${response.statusCode} ${await text(response)}`;
      await finished;
      return { answer, isReused: sent.reusedSocket };
    };
    const large = rawPart('name="file"; filename="a.csv"', 'x'.repeat(40 * 1024 * 1024));
    expect((await send(`${large}--b--\r\n`)).answer).toContain('413 The file is larger than 4 MB');
    expect(await left()).toEqual([]);
    expect(await send(`${rawPart('name="a"', '1')}--b--\r\n`)).toEqual({
      answer: '200 taken',
      isReused: true,
    });
    agent.destroy();
  });

  it('ends as its file does', async () => {
    take = () => {
      throw new Error('no room');
    };
    await post(form([['file', csv('a'), 'a.csv']]));
    expect(outcomes[0]).toEqual(new Error('no room'));
  });
});

describe('a sender that goes away', () => {
  it('in the middle of the file leaves nothing', async () => {
    const socket = await beginUpload('a,b\n1,2\n'.repeat(10_000));
    await until(async () => (await left()).length === 1);
    socket.destroy();
    await until(() => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({
      code: 'invalid_request',
      detail: 'file: The upload broke off. Send it again.',
    });
    expect(await left()).toEqual([]);
  });

  it('behind the file leaves nothing either', async () => {
    let isTaken = false;
    const spool = take;
    take = async (stream, part) => {
      const taken = await spool(stream, part);
      isTaken = true;
      return taken;
    };
    const socket = await beginUpload('a\n1\n');
    socket.write(rawPart('name="mapping"', '{"title":').slice(0, -2));
    await until(() => isTaken);
    expect(await left()).toHaveLength(1);
    socket.destroy();
    await until(() => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ code: 'invalid_request' });
    expect(await left()).toEqual([]);
  });

  it('before anything of the form came is told', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9\r\n\r\n',
    );
    await until(() => begun === 1);
    socket.destroy();
    await until(() => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ code: 'invalid_request' });
  });
});

describe('a slow reader', () => {
  it('slows the sender: no more is held than the streams hold', async () => {
    let go: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    let held: Readable | undefined;
    take = async (stream, part) => {
      held = stream;
      await wait;
      const content = await text(stream);
      return { path: '', bytes: content.length, remove: async () => {}, part };
    };
    const socket = await beginUpload('x'.repeat(8 * 1024 * 1024));
    await until(() => (held?.readableLength ?? 0) > 0);
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    expect(held?.readableLength).toBeLessThan(1024 * 1024);
    expect(socket.writableLength).toBeGreaterThan(0);
    go();
    await until(() => socket.writableLength === 0);
    socket.destroy();
    await until(() => outcomes.length === 1);
  });
});
