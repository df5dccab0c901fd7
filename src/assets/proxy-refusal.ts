import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { parseUrl } from '../lib/parse-url.js';

export type RefusalReason =
  /** No template declares the host. */
  | 'undeclared_host'
  /** Declared, but its address is not public, or it has no address. */
  | 'forbidden_address'
  /** A method, scheme or port that images and fonts do not need. */
  | 'forbidden_kind'
  /** WebSockets and other upgrades. */
  | 'upgrade'
  /** Not a valid proxy request. */
  | 'bad_request'
  | 'unauthorized'
  | 'too_many';

/** The host of a request target, for counting; never a path or credentials. */
export function shownHost(target: string): string {
  const text = target.includes('://') ? target : `http://${target}`;
  return parseUrl(text)?.host.slice(0, 255) ?? 'invalid';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Checks that a request has the token as its Basic password; always true without a token. */
export function createTokenCheck(token: string | undefined): (req: IncomingMessage) => boolean {
  if (token === undefined) return () => true;
  const expected = digest(token);
  return (req) => {
    const [scheme = '', encoded = ''] = (req.headers['proxy-authorization'] ?? '').split(' ');
    const given = Buffer.from(encoded, 'base64').toString();
    const password = given.slice(given.indexOf(':') + 1);
    return scheme.toLowerCase() === 'basic' && timingSafeEqual(digest(password), expected);
  };
}

const STATUS_TEXT: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  503: 'Service Unavailable',
};

/** Answers on a raw socket (CONNECT, upgrades, invalid HTTP) and closes it. */
export function refuseSocket(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const challenge = status === 407 ? 'proxy-authenticate: Basic realm="cardpress"\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}\r\n${challenge}content-length: 0\r\nconnection: close\r\n\r\n`,
    () => socket.destroy(),
  );
}

export function refuseRequest(req: IncomingMessage, res: ServerResponse, status: number): void {
  // An unread body would be parsed as the next request.
  const hasBody = 'content-length' in req.headers || 'transfer-encoding' in req.headers;
  res.writeHead(status, {
    'content-length': 0,
    ...(status === 407 ? { 'proxy-authenticate': 'Basic realm="cardpress"' } : {}),
    ...(hasBody ? { connection: 'close' } : {}),
  });
  res.end();
}
