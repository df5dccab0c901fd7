import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { catalogue } from '../../errors/catalogue.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';

export interface DocsRoutesDeps {
  publicUrl: string;
  /** The OpenAPI document as JSON text. */
  openapi: () => string;
}

/** Everything comes from here; styles that a script sets on elements need no permission. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ERRORS_CSS = `body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}
dt{margin-top:1.25rem}dt code{font-weight:700}dd{margin:0}:target{background:#fff3c4}`;

const ASSET_TYPES: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

function docsPage(base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cardpress API</title>
<link rel="icon" href="${base}/docs/favicon-32x32.png">
<link rel="stylesheet" href="${base}/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="${base}/docs/swagger-ui-bundle.js"></script>
<script src="${base}/docs/start.js"></script>
</body>
</html>
`;
}

/** `validatorUrl: null` keeps Swagger UI from sending the document to a validator of its own. */
function startScript(base: string): string {
  const options = {
    url: `${base}/openapi.json`,
    dom_id: '#docs',
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
  };
  return `window.ui = SwaggerUIBundle(${JSON.stringify(options)});\n`;
}

function errorsPage(base: string): string {
  const entries = Object.entries(catalogue).map(([code, { status, title, retryable }]) => {
    const retry = retryable ? ' Trying again later can help.' : '';
    return `<dt id="${code}"><code>${code}</code> (${status})</dt>\n<dd>${title}.${retry}</dd>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors of the Cardpress API</title>
<link rel="stylesheet" href="${base}/docs/errors.css">
</head>
<body>
<h1>Errors</h1>
<p>Every error is an <code>application/problem+json</code> with one of these codes.</p>
<dl>
${entries.join('\n')}
</dl>
</body>
</html>
`;
}

function send(res: Response, contentType: string, body: string): void {
  res.setHeader('Content-Type', contentType);
  res.setHeader('Cache-Control', 'no-cache');
  res.end(body);
}

/** The API described for programs and for people, all served from here. */
export function docsRoutes({ publicUrl, openapi }: DocsRoutesDeps): Endpoint[] {
  const base = new URL(publicUrl).pathname.replace(/\/+$/, '');
  const assetsDir = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const written: Record<string, { contentType: string; body: string }> = {
    'start.js': { contentType: 'text/javascript; charset=utf-8', body: startScript(base) },
    errors: { contentType: 'text/html; charset=utf-8', body: errorsPage(base) },
    'errors.css': { contentType: 'text/css; charset=utf-8', body: ERRORS_CSS },
  };

  const sendAsset = (res: Response, file: string, contentType: string) =>
    new Promise<void>((resolve, reject) => {
      res.setHeader('Content-Type', contentType);
      // Express would compare it with an ETag that is not sent here, and fail.
      delete res.req.headers['if-match'];
      res.sendFile(file, { root: assetsDir, maxAge: '1h', acceptRanges: false }, (error) => {
        // A reader that went away is no error; anything else is.
        if (error && !res.destroyed) reject(error);
        else resolve();
      });
    });

  return [
    defineEndpoint({
      method: 'get',
      path: '/openapi.json',
      summary: 'This API as OpenAPI 3.1',
      tag: 'Operations',
      access: 'public',
      answers: {
        200: { description: 'The document.', content: { 'application/json': undefined } },
      },
      handle(_input, res) {
        send(res, 'application/json; charset=utf-8', openapi());
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/docs',
      summary: 'This API as a page',
      tag: 'Operations',
      access: 'public',
      answers: { 200: { description: 'The page.', content: { 'text/html': undefined } } },
      handle(_input, res) {
        res.setHeader('Content-Security-Policy', PAGE_POLICY);
        send(res, 'text/html; charset=utf-8', docsPage(base));
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/docs/{file}',
      summary: 'A file of that page, or `errors`: the error codes',
      tag: 'Operations',
      access: 'public',
      params: { file: 'The name of the file.' },
      answers: {
        200: { description: 'The file.', content: { '*/*': undefined } },
        304: { description: 'The file that the caller holds is current.' },
      },
      errors: ['not_found'],
      async handle({ params }, res) {
        const own = Object.hasOwn(written, params.file) ? written[params.file] : undefined;
        if (own) {
          res.setHeader('Content-Security-Policy', PAGE_POLICY);
          send(res, own.contentType, own.body);
          return;
        }
        const contentType = Object.hasOwn(ASSET_TYPES, params.file)
          ? ASSET_TYPES[params.file]
          : undefined;
        if (!contentType) {
          throw new AppError('not_found', { detail: 'There is no such file. Start at /docs.' });
        }
        await sendAsset(res, params.file, contentType);
      },
    }),
  ];
}
