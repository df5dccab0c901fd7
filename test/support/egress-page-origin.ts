import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Vector } from './egress-vectors.js';

/**
 * Where the pages of the trials live, answered by the proxy itself, as the press's own origin is.
 * `.localhost` counts as trustworthy, which gives a page more ways than the press's pages have.
 */
export const PAGE_HOST = 'page.localhost';

/** An answer of the page's own origin with these headers, which can hold ASCII only. */
function answering(status: number, headers: Record<string, string>): string {
  const ascii = JSON.stringify(headers).replace(/[^\x20-\x7e]/gu, encodeURIComponent);
  return `/answer?${new URLSearchParams({ status: String(status), headers: ascii })}`;
}

/**
 * Serves what is published here, and two more: `/js?<code>` is a script, `/answer?…` an empty page
 * with any status and headers.
 */
export function createPageOrigin() {
  const pages: string[] = [];
  return {
    /** The address of a page with this body, as its own origin sees it. */
    publish: (html: string) => `/html/${pages.push(html) - 1}`,
    handle(req: IncomingMessage, res: ServerResponse): void {
      const url = new URL(req.url ?? '/', `http://${PAGE_HOST}`);
      if (url.pathname === '/answer') {
        const headers = JSON.parse(url.searchParams.get('headers') ?? '{}') as object;
        const own = { 'content-type': 'text/html', 'access-control-allow-origin': '*' };
        res.writeHead(Number(url.searchParams.get('status')), { ...own, ...headers });
        res.end('<img src="/none">');
        return;
      }
      const isScript = url.pathname === '/js';
      const page = pages[Number(url.pathname.replace('/html/', ''))];
      res.writeHead(isScript || page !== undefined ? 200 : 404, {
        'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8',
        'service-worker-allowed': '/',
      });
      res.end(isScript ? decodeURIComponent(url.search.slice(1)) : `<!doctype html>${page ?? ''}`);
    },
  };
}

const REDIRECTS = [301, 302, 303, 307, 308];

const inFrame = (name: string, control: Vector['control'], address: (to: string) => string) => ({
  name,
  control,
  html: (to: { http: string }) => `<iframe src="${address(`${to.http}/x`)}"></iframe>`,
});

/** Ways that an answer of an allowed address has. */
export const ANSWER_VECTORS: readonly Vector[] = [
  ...[300, ...REDIRECTS].flatMap((status): Vector[] => {
    const control = status === 300 ? 'none' : 'allowed';
    const at = (to: string) => answering(status, { location: to });
    return [
      inFrame(`frame that is answered ${status}`, control, at),
      {
        name: `img that is answered ${status}`,
        control,
        html: (to) => `<img src="${at(`${to.http}/x`)}">`,
      },
      {
        name: `style that is answered ${status}`,
        control,
        html: (to) => `<link rel="stylesheet" href="${at(`${to.http}/x`)}">`,
      },
      {
        name: `fetch that is answered ${status}`,
        control,
        html: (to) => `<script>fetch('${at(`${to.http}/x`)}')</script>`,
      },
    ];
  }),
  inFrame('Refresh header', 'allowed', (to) => answering(200, { refresh: `0; url=${to}` })),
  inFrame('Link header', 'allowed', (to) =>
    answering(200, { link: `<${to}>; rel=preload; as=image` }),
  ),
  inFrame('CSP report-uri', 'open', (to) =>
    answering(200, { 'content-security-policy': `img-src 'none'; report-uri ${to}` }),
  ),
  inFrame('Reporting-Endpoints', 'none', (to) =>
    answering(200, {
      'reporting-endpoints': `a="${to}"`,
      'content-security-policy': "img-src 'none'; report-to a",
    }),
  ),
];
