import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { PinnedAddress } from './address-policy.js';
import { pinnedDial } from './pinned-dial.js';

/** Limits for what a page may load from a host that its template declares. */
export interface UpstreamLimits {
  connectTimeoutMs: number;
  /** For one response, or the life of a tunnel. */
  totalTimeoutMs: number;
  /** For one response; for a tunnel, both directions together. */
  maxBytes: number;
  /** Responses and tunnels at once. */
  maxConcurrent: number;
}

export const DEFAULT_UPSTREAM_LIMITS: UpstreamLimits = {
  connectTimeoutMs: 5_000,
  totalTimeoutMs: 30_000,
  maxBytes: 20 * 1024 * 1024,
  maxConcurrent: 64,
};

/** RFC 9110 § 7.6.1, and headers that must not pass between a page and an external host. */
const DROPPED_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'cookie',
  'set-cookie',
  'host',
]);

function passedHeaders(message: IncomingMessage): Record<string, string | string[]> {
  const named = new Set(
    (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined || DROPPED_HEADERS.has(name) || named.has(name) ? [] : [[name, value]],
    ),
  );
}

/**
 * Opens a socket to the checked addresses. It has an error listener already; callers add their own.
 */
function dial(
  hostname: string,
  port: number,
  addresses: PinnedAddress[],
  timeoutMs: number,
): Socket {
  const socket = connect({ ...pinnedDial(hostname, addresses), port });
  const timer = setTimeout(() => socket.destroy(new Error('connect time-out')), timeoutMs);
  socket.once('connect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => undefined);
  return socket;
}

export interface Destination {
  hostname: string;
  port: number;
  addresses: PinnedAddress[];
}

function answerEmpty(res: ServerResponse, status: number): void {
  if (res.destroyed) return;
  // A truncated response must not look complete.
  if (res.headersSent) res.destroy();
  else res.writeHead(status, { 'content-length': 0, connection: 'close' }).end();
}

function limitBytes(answer: IncomingMessage, maxBytes: number, onExcess: () => void): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) onExcess();
  });
}

/**
 * Forwards a GET or HEAD to the destination and its response back. Redirects are passed on: the
 * browser follows them through the proxy, where they are checked again. `done` is called once, at
 * the end.
 */
export function forwardRequest(
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  destination: Destination,
  limits: UpstreamLimits,
  done: () => void,
): void {
  const socket = dial(
    destination.hostname,
    destination.port,
    destination.addresses,
    limits.connectTimeoutMs,
  );
  const upstream: ClientRequest = request({
    createConnection: () => socket,
    method: req.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...passedHeaders(req), host: url.host, connection: 'close' },
    setHost: false,
  });
  const stop = (status: number) => {
    answerEmpty(res, status);
    upstream.destroy();
    socket.destroy();
  };
  const timer = setTimeout(() => stop(504), limits.totalTimeoutMs);
  upstream.on('response', (answer) => {
    if (Number(answer.headers['content-length'] ?? 0) > limits.maxBytes) return stop(502);
    answer.on('error', () => stop(502));
    limitBytes(answer, limits.maxBytes, () => stop(502));
    res.writeHead(answer.statusCode ?? 502, passedHeaders(answer));
    answer.pipe(res);
  });
  // A declared host must not turn the response into a two-way connection.
  upstream.on('upgrade', (_answer, upgraded) => {
    upgraded.destroy();
    stop(502);
  });
  upstream.on('error', () => stop(502));
  res.once('close', () => {
    clearTimeout(timer);
    upstream.destroy();
    socket.destroy();
    done();
  });
  upstream.end();
}

/**
 * Connects the browser's socket with the destination until either ends or a limit is reached.
 * `done` is called once, at the end.
 */
export function openTunnel(
  client: Socket,
  head: Buffer,
  destination: Destination,
  limits: UpstreamLimits,
  done: () => void,
): void {
  const upstream = dial(
    destination.hostname,
    destination.port,
    destination.addresses,
    limits.connectTimeoutMs,
  );
  let isOpen = false;
  const stop = () => {
    if (isOpen) client.destroy();
    else if (client.writable) client.write('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
    upstream.destroy();
  };
  const timer = setTimeout(stop, limits.totalTimeoutMs);
  let bytes = head.length;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.maxBytes) stop();
  };
  upstream.once('connect', () => {
    isOpen = true;
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    client.on('data', count).pipe(upstream);
    upstream.on('data', count).pipe(client);
  });
  upstream.on('error', stop);
  client.on('error', stop);
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => {
    clearTimeout(timer);
    client.destroySoon();
    done();
  });
}
