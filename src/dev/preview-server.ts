import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { AppError, toAppError } from '../errors/app-error.js';
import { guardConnections } from '../http/connection-guard.js';
import { previewDocument, previewIcon } from './preview-document.js';
import { runPreviewPage } from './preview-page.js';
import type { PreviewService } from './preview-service.js';
import { previewStyle } from './preview-style.js';
import type { TemplateWatch } from './template-watch.js';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Under the minute after which proxies and browsers take a silent connection for dead. */
const KEEP_ALIVE_MS = 15_000;

/** Everything comes from here. Styles that the script sets on elements need no permission. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': PAGE_POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const drawRequest = z.strictObject({
  template: z.string(),
  size: z.string(),
  scale: z.int().min(1).max(3),
  data: z.unknown(),
});

/**
 * Only by a name that means this machine. Any other comes from a site that has its own name lead
 * here (DNS rebinding), to read the answers as its own.
 */
function isLocal(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host ?? '');
}

/** A page of another site may send requests here, though it cannot read the answers. */
function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  // Other sites cannot send this type without asking first, which nothing here answers.
  if (!/^application\/json\b/i.test(req.headers['content-type'] ?? '')) {
    throw new AppError('unsupported_media_type', { detail: 'Send JSON.' });
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Read to its end all the same: who still sends cannot hear the answer.
    if (bytes <= MAX_BODY_BYTES) parts.push(part);
  }
  if (bytes > MAX_BODY_BYTES) {
    throw new AppError('body_too_large', { detail: `At most ${MAX_BODY_BYTES} bytes.` });
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new AppError('bad_json', { detail: 'The body is not valid JSON.', cause });
  }
}

function send(res: ServerResponse, status: number, type: string, body: string | Buffer): void {
  res.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

function sendJson(res: ServerResponse, value: unknown, status = 200): void {
  send(res, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

export interface PreviewServer {
  server: Server;
  /** Ends the event streams, which would keep the server open for ever. */
  endStreams(): void;
}

/**
 * The live preview over HTTP: one page, its data, its pictures, and a stream of changes. It has no
 * key: it is to be bound to the loopback address alone.
 */
export function createPreviewServer(deps: {
  preview: PreviewService;
  watch: TemplateWatch;
}): PreviewServer {
  const { preview, watch } = deps;
  const streams = new Set<ServerResponse>();

  function openStream(res: ServerResponse): void {
    res.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    const tell = (event: string, data: unknown) =>
      res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    tell('hello', {});
    const stop = watch.onChange((templates) => tell('change', { templates }));
    const timer = setInterval(() => res.write(': still here\n\n'), KEEP_ALIVE_MS);
    streams.add(res);
    res.once('close', () => {
      streams.delete(res);
      clearInterval(timer);
      stop();
    });
  }

  const pages: Record<string, [type: string, content: () => string]> = {
    '/': ['text/html; charset=utf-8', previewDocument],
    '/preview.css': ['text/css; charset=utf-8', () => previewStyle],
    '/preview.js': ['text/javascript; charset=utf-8', () => `(${String(runPreviewPage)})();\n`],
    '/icon.svg': ['image/svg+xml', () => previewIcon],
  };

  async function sendDetails(res: ServerResponse, id: string): Promise<void> {
    const details = await preview.details(id);
    if (details) sendJson(res, details);
    else throw new AppError('template_not_found', { detail: 'There is no such template.' });
  }

  function sendImage(res: ServerResponse, key: string): void {
    const picture = preview.picture(key);
    if (picture) send(res, 200, 'image/png', picture);
    else throw new AppError('not_found', { detail: 'This picture is no longer kept.' });
  }

  async function draw(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parsed = drawRequest.safeParse(await readJson(req));
    if (!parsed.success) {
      throw new AppError('invalid_request', { detail: z.prettifyError(parsed.error) });
    }
    sendJson(res, await preview.draw({ ...parsed.data, data: parsed.data.data }));
  }

  async function get(res: ServerResponse, path: string): Promise<void> {
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    const template = /^\/api\/templates\/([a-z0-9-]+)$/.exec(path)?.[1];
    const picture = /^\/pictures\/([0-9a-f]+)\.png$/.exec(path)?.[1];
    if (page) send(res, 200, page[0], page[1]());
    else if (path === '/api/templates') sendJson(res, preview.list());
    else if (path === '/api/events') openStream(res);
    else if (template !== undefined) await sendDetails(res, template);
    else if (picture !== undefined) sendImage(res, picture);
    else throw new AppError('not_found', { detail: 'There is nothing at this address.' });
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!isLocal(req.headers.host)) {
      const detail = 'The preview answers to localhost only.';
      throw new AppError('forbidden', { detail });
    }
    const [path = '/'] = (req.url ?? '/').split('?');
    if (path !== '/' && isForeign(req)) {
      throw new AppError('forbidden', { detail: 'Open the preview itself.' });
    }
    if (req.method === 'GET') return get(res, path);
    if (req.method === 'POST' && path === '/api/draw') return draw(req, res);
    throw new AppError('method_not_allowed', { detail: 'Use GET, or POST to /api/draw.' });
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((thrown: unknown) => {
      const error = toAppError(thrown);
      if (res.headersSent) res.destroy();
      else sendJson(res, { code: error.code, message: error.detail }, error.status);
    });
  });
  guardConnections(server);
  return {
    server,
    endStreams() {
      for (const stream of streams) stream.end();
    },
  };
}
