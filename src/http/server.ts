import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionLimits, guardConnections } from './connection-guard.js';

/** Longer than the idle time of common load balancers (60 s), so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Node looks every 30 s, as it comes, which would let a caller take that much longer. */
const CHECK_INTERVAL_MS = 2_000;
/** As nginx has it (keepalive_requests): what a connection has gathered is given back in the end. */
const MAX_REQUESTS_PER_CONNECTION = 1_000;
const BUSY_RETRY_SECONDS = 5;
/** Time for a refused client to read the reason, and to close its side. */
const LINGER_MS = 2_000;

export interface ServerOptions {
  /** For the headers of a request to come in. */
  headersTimeoutMs?: number;
  /** For the whole request to come in; answers may take longer. */
  requestTimeoutMs?: number;
  /** How often both are looked at. */
  checkIntervalMs?: number;
  /** How many connections, and how slow readers may be. */
  connections?: ConnectionLimits;
}

const refusals: Record<string, { status: number; reason: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'Request Header Fields Too Large',
    detail:
      'The address and the headers together are larger than 16 KB. Send long values in the body, and fewer headers.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'Request Timeout',
    detail: 'The request did not arrive in time.',
  },
};

const malformed = {
  status: 400,
  reason: 'Bad Request',
  detail: 'This is not a valid HTTP request.',
};

function problemOf(status: number, reason: string, detail: string) {
  const requestId = randomUUID();
  const problem = { type: 'about:blank', title: reason, status, detail, request_id: requestId };
  return { requestId, body: JSON.stringify(problem) };
}

/** There are more connections than this process takes. */
function sayBusy(res: ServerResponse): void {
  const detail = `Too many connections are open. Keep fewer, and try again in ${BUSY_RETRY_SECONDS} s.`;
  const { requestId, body } = problemOf(503, 'Service Unavailable', detail);
  res.writeHead(503, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Retry-After': BUSY_RETRY_SECONDS,
    'X-Request-Id': requestId,
    'Cache-Control': 'no-store',
  });
  res.end(body);
}

/** What is wrong below HTTP never reaches the app; it gets the same kind of answer. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // A client that does not close its side would keep the connection and go on sending.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
  const { status, reason, detail } = refusals[error.code ?? ''] ?? malformed;
  const { requestId, body } = problemOf(status, reason, detail);
  socket.end(
    [
      `HTTP/1.1 ${status} ${reason}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/**
 * An HTTP server around the app with every wait and the number of connections bounded. The caller
 * listens and closes.
 */
export function createHttpServer(app: RequestListener, options: ServerOptions = {}): Server {
  const server = createServer({
    headersTimeout: options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: options.checkIntervalMs ?? CHECK_INTERVAL_MS,
  });
  const guard = guardConnections(server, options.connections);
  server.on('request', (req, res) => {
    if (guard.admit(req, res)) app(req, res);
    else sayBusy(res);
  });
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.on('clientError', refuse);
  return server;
}
