import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../errors/app-error.js';
import { parseUrl } from '../lib/parse-url.js';
import type { AddressPolicy } from './address-policy.js';
import {
  createTokenCheck,
  type RefusalReason,
  refuseRequest,
  refuseSocket,
  shownHost,
} from './proxy-refusal.js';
import {
  DEFAULT_UPSTREAM_LIMITS,
  type Destination,
  forwardRequest,
  openTunnel,
  type UpstreamLimits,
} from './proxy-upstream.js';

export interface EgressProxyOptions {
  policy: AddressPolicy;
  /** Hosts that templates declare: `fonts.example.com` (ports 80 and 443) or `cdn.example.com:8443`. */
  allowedHosts: () => ReadonlySet<string>;
  /** Answers all requests to `host`, over http only; the request's URL is absolute. */
  internal: { host: string; handle(req: IncomingMessage, res: ServerResponse): void };
  /**
   * If given, clients must send it as the password in `Proxy-Authorization: Basic`; any user name.
   */
  token?: string;
  /** Called for each refusal; `host` is without path and query. */
  onRefused?: (refusal: { host: string; reason: RefusalReason }) => void;
  limits?: Partial<UpstreamLimits>;
  /** Limit for a client to send the headers of a request. Default 10 s. */
  headersTimeoutMs?: number;
}

export interface EgressProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly refusedCount: number;
  /** Closes every socket at once. */
  close(): Promise<void>;
}

const LOOPBACK_PEER = /^(::ffff:)?127\.|^::1$/;

/**
 * Chromium's only way to the network: a proxy on loopback. It answers for the internal host itself,
 * connects to declared hosts at addresses that the policy allows, and refuses everything else. It
 * works below all features of the browser, so that none of them can bypass it.
 */
export async function startEgressProxy(options: EgressProxyOptions): Promise<EgressProxy> {
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...options.limits };
  const internalHost = options.internal.host.toLowerCase();
  const isAuthorized = createTokenCheck(options.token);
  const sockets = new Set<Duplex>();
  let refusedCount = 0;
  let upstreams = 0;

  function countRefusal(host: string, reason: RefusalReason): void {
    refusedCount += 1;
    options.onRefused?.({ host, reason });
  }

  function isDeclared(url: URL, port: number): boolean {
    const hosts = options.allowedHosts();
    if (hosts.has(`${url.hostname}:${port}`)) return true;
    return hosts.has(url.hostname) && (port === 80 || port === 443);
  }

  /**
   * Resolves with the destination, or with the reason of refusal. A destination counts as an
   * upstream connection until `release`.
   */
  async function decide(
    url: URL,
    port: number,
  ): Promise<Destination | { refused: RefusalReason; status: number }> {
    if (url.hostname === internalHost || !isDeclared(url, port)) {
      return { refused: 'undeclared_host', status: 403 };
    }
    if (upstreams >= limits.maxConcurrent) return { refused: 'too_many', status: 503 };
    upstreams += 1;
    try {
      options.policy.checkUrl(url);
      const addresses = await options.policy.resolveAllowed(url.hostname, port);
      return { hostname: url.hostname, port, addresses };
    } catch (error) {
      upstreams -= 1;
      if (!(error instanceof AppError)) throw error;
      return { refused: 'forbidden_address', status: 403 };
    }
  }

  function release(): void {
    upstreams -= 1;
  }

  async function handleExternal(
    req: IncomingMessage,
    res: ServerResponse,
    url: URL,
  ): Promise<void> {
    const isPlainLoad = url.protocol === 'http:' && ['GET', 'HEAD'].includes(req.method ?? '');
    const port = Number(url.port) || 80;
    const judged = isPlainLoad
      ? await decide(url, port)
      : { refused: 'forbidden_kind' as const, status: 403 };
    if ('refused' in judged) {
      countRefusal(url.host, judged.refused);
      refuseRequest(req, res, judged.status);
      return;
    }
    if (res.destroyed) release();
    else forwardRequest(req, res, url, judged, limits, release);
  }

  function handleRequest(req: IncomingMessage, res: ServerResponse): void {
    res.on('error', () => undefined);
    req.on('error', () => undefined);
    const target = req.url ?? '';
    if (!isAuthorized(req)) {
      countRefusal(shownHost(target), 'unauthorized');
      refuseRequest(req, res, 407);
      return;
    }
    const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? parseUrl(target) : undefined;
    if (!url) {
      countRefusal('invalid', 'bad_request');
      refuseRequest(req, res, 400);
      return;
    }
    if (url.protocol === 'http:' && url.host === internalHost) {
      handleInternal(req, res);
      return;
    }
    handleExternal(req, res, url).catch(() => res.destroy());
  }

  function handleInternal(req: IncomingMessage, res: ServerResponse): void {
    try {
      options.internal.handle(req, res);
    } catch {
      if (res.headersSent) res.destroy();
      else res.writeHead(400, { 'content-length': 0 }).end();
    }
  }

  async function handleConnect(req: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const authority = req.url ?? '';
    const url = parseUrl(`http://${authority}`);
    const portText = /:(\d{1,5})$/.exec(authority)?.[1];
    if (!isAuthorized(req)) {
      countRefusal(shownHost(authority), 'unauthorized');
      refuseSocket(client, 407);
      return;
    }
    if (portText === undefined || !url || /[/?#@\\]/.test(authority)) {
      countRefusal('invalid', 'bad_request');
      refuseSocket(client, 400);
      return;
    }
    const port = Number(portText);
    // Port 80 in a tunnel is ws://; ordinary requests come in absolute form.
    const judged =
      port === 80 ? { refused: 'forbidden_kind' as const, status: 403 } : await decide(url, port);
    if ('refused' in judged) {
      countRefusal(url.host, judged.refused);
      refuseSocket(client, judged.status);
      return;
    }
    if (client.destroyed) release();
    else openTunnel(client as Socket, head, judged, limits, release);
  }

  const server = createServer({
    keepAlive: true,
    noDelay: true,
    keepAliveTimeout: 300_000,
    headersTimeout: options.headersTimeoutMs ?? 10_000,
    requestTimeout: 60_000,
    // Interval in which overdue requests are noticed.
    connectionsCheckingInterval: 1_000,
  });
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (!LOOPBACK_PEER.test(socket.remoteAddress ?? '')) socket.destroy();
  });
  server.on('request', handleRequest);
  server.on('connect', (req, socket, head) => {
    handleConnect(req, socket, head).catch(() => socket.destroy());
  });
  server.on('upgrade', (req, socket) => {
    countRefusal(shownHost(req.url ?? ''), 'upgrade');
    refuseSocket(socket, 403);
  });
  server.on('clientError', (_error, socket) => refuseSocket(socket, 400));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get refusedCount() {
      return refusedCount;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
