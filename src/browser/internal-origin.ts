import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Asset } from '../images/ports.js';
import type { Template } from '../templates/template.js';
import { canvasDocument, canvasPolicy } from './canvas-document.js';
import type { FontLibrary } from './font-library.js';
import {
  type TemplatePageSpec,
  templatePageDocument,
  templatePageName,
  templatePagePolicy,
} from './template-page-document.js';
import { createUploads, type Upload } from './uploads.js';

/** Known only to the egress proxy. ICANN reserves `.internal` for private use. */
export const INTERNAL_HOST = 'press.cardpress.internal';

/** Prefixes of paths; see `createInternalOrigin`. */
const TEMPLATE_PAGES = '/t/';
const CANVAS_PAGES = '/c/';
const ASSETS = '/p/';
const UPLOADS = '/u/';
const FONTS = '/fonts/';

const HTML = 'text/html; charset=utf-8';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export interface InternalOrigin {
  /** Serves a template page until `release` is called, which is when the browser page is closed. */
  serveTemplatePage(spec: TemplatePageSpec): {
    url: string;
    /** Address of a document with a canvas and, below it, the template page in an iframe. */
    canvasUrl: string;
    release(): void;
  };
  /** Serves an asset while a job runs. Returns its address as the page sees it. */
  serveAsset(asset: Asset): { address: string; release(): void };
  /** Accepts one upload of exactly so many bytes from the page program. */
  receive(bytes: number): Upload;
  handle(req: IncomingMessage, res: ServerResponse): void;
}

interface Shared<T> {
  value: T;
  references: number;
}

/** Adds a reference to the value at `key`. Returns a function that releases it. */
function retain<T>(map: Map<string, Shared<T>>, key: string, value: T): () => void {
  const entry = map.get(key) ?? { value, references: 0 };
  entry.references += 1;
  map.set(key, entry);
  return () => {
    entry.references -= 1;
    if (entry.references === 0) map.delete(key);
  };
}

function send(
  res: ServerResponse,
  contentType: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): void {
  res.writeHead(200, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': IMMUTABLE,
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
    ...headers,
  });
  res.end(body);
}

/**
 * The one origin of all template pages. `/t/<template>/<version>/<size>@<scale>` is a template
 * page, `/c/…` the same in an iframe below a canvas, `/t/<template>/<version>/assets/…` a file of the template,
 * `/fonts/…` a bundled font, `/p/<hash>` an asset of a job in flight, `/u/<secret>` takes one upload.
 * Any other path is a 404.
 */
export function createInternalOrigin(fonts: FontLibrary): InternalOrigin {
  const templatePages = new Map<string, Shared<TemplatePageSpec>>();
  const templates = new Map<string, Shared<Template>>();
  const assets = new Map<string, Shared<Asset>>();
  const uploads = createUploads(UPLOADS);

  function templateFile(path: string): { contentType: string; body: Buffer } | undefined {
    const [, id, version, rest] = /^\/t\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
    return templates.get(`${id}/${version}`)?.value.assets.get(String(rest));
  }

  return {
    serveTemplatePage(spec) {
      const name = templatePageName(spec);
      const releasePage = retain(templatePages, name, spec);
      const { template } = spec;
      const releaseTemplate = retain(templates, `${template.id}/${template.version}`, template);
      return {
        url: `http://${INTERNAL_HOST}${TEMPLATE_PAGES}${name}`,
        canvasUrl: `http://${INTERNAL_HOST}${CANVAS_PAGES}${name}`,
        release() {
          releasePage();
          releaseTemplate();
        },
      };
    },

    serveAsset(asset) {
      // The page program reads from the extension which assets can be enlarged without loss.
      const name = `${asset.hash}.${asset.contentType === 'image/svg+xml' ? 'svg' : 'img'}`;
      return { address: ASSETS + name, release: retain(assets, name, asset) };
    },

    receive: uploads.receive,

    handle(req, res) {
      const path = decodeURIComponent(new URL(req.url ?? '/', `http://${INTERNAL_HOST}`).pathname);
      if (req.method === 'POST') {
        uploads.handle(path, req, res);
        return;
      }
      const isDocument = path.startsWith(TEMPLATE_PAGES) || path.startsWith(CANVAS_PAGES);
      const templatePage = isDocument
        ? templatePages.get(path.slice(TEMPLATE_PAGES.length))?.value
        : undefined;
      if (templatePage && path.startsWith(CANVAS_PAGES)) {
        send(
          res,
          HTML,
          canvasDocument(templatePage, TEMPLATE_PAGES + path.slice(CANVAS_PAGES.length)),
          {
            'content-security-policy': canvasPolicy,
            'cache-control': 'no-store',
          },
        );
        return;
      }
      if (templatePage) {
        send(res, HTML, templatePageDocument(templatePage, fonts.css), {
          'content-security-policy': templatePagePolicy(templatePage.template),
          'cache-control': 'no-store',
        });
        return;
      }
      const asset = path.startsWith(ASSETS)
        ? assets.get(path.slice(ASSETS.length))?.value
        : undefined;
      const file = asset ?? templateFile(path);
      if (file) {
        send(res, file.contentType, file.body);
        return;
      }
      const font = path.startsWith(FONTS) ? fonts.file(path.slice(FONTS.length)) : undefined;
      if (font) {
        send(res, 'font/woff2', font);
        return;
      }
      res.writeHead(404, { 'content-length': 0 });
      res.end();
    },
  };
}
