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

/** Exists only inside the egress proxy; `.internal` is reserved by ICANN for private use. */
export const INTERNAL_HOST = 'press.cardpress.internal';

const HTML = 'text/html; charset=utf-8';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export interface InternalOrigin {
  /** Serves a template page until `release` is called, which is when the browser page is closed. */
  serveTemplatePage(spec: TemplatePageSpec): {
    url: string;
    /** The same below a canvas, into which it can be drawn. */
    canvasUrl: string;
    release(): void;
  };
  /** Serves an asset while a job runs. Returns its address as the page sees it. */
  serveAsset(asset: Asset): { address: string; release(): void };
  /** Takes one upload of so many bytes by a function of ours in a page. */
  receive(bytes: number): Upload;
  handle(req: IncomingMessage, res: ServerResponse): void;
}

interface Counted<T> {
  value: T;
  users: number;
}

function count<T>(map: Map<string, Counted<T>>, key: string, value: T): () => void {
  const entry = map.get(key) ?? { value, users: 0 };
  entry.users += 1;
  map.set(key, entry);
  return () => {
    entry.users -= 1;
    if (entry.users === 0) map.delete(key);
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
 * page, `/c/…` the same below a canvas, `/t/<template>/<version>/assets/…` a file of the template,
 * `/fonts/…` a bundled font, `/p/<hash>` an asset of a running job, `/u/<secret>` takes one upload.
 * Any other path is a 404.
 */
export function createInternalOrigin(fonts: FontLibrary): InternalOrigin {
  const templatePages = new Map<string, Counted<TemplatePageSpec>>();
  const templates = new Map<string, Counted<Template>>();
  const assets = new Map<string, Counted<Asset>>();
  const uploads = createUploads('/u/');

  function templateFile(path: string): { contentType: string; body: Buffer } | undefined {
    const [, id, version, rest] = /^\/t\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
    return templates.get(`${id}/${version}`)?.value.assets.get(String(rest));
  }

  return {
    serveTemplatePage(spec) {
      const name = templatePageName(spec);
      const releasePage = count(templatePages, name, spec);
      const { template } = spec;
      const releaseTemplate = count(templates, `${template.id}/${template.version}`, template);
      return {
        url: `http://${INTERNAL_HOST}/t/${name}`,
        canvasUrl: `http://${INTERNAL_HOST}/c/${name}`,
        release() {
          releasePage();
          releaseTemplate();
        },
      };
    },

    serveAsset(asset) {
      // By the file extension the page script knows which assets can be enlarged without loss.
      const name = `${asset.hash}.${asset.contentType === 'image/svg+xml' ? 'svg' : 'img'}`;
      return { address: `/p/${name}`, release: count(assets, name, asset) };
    },

    receive: uploads.receive,

    handle(req, res) {
      const path = decodeURIComponent(new URL(req.url ?? '/', `http://${INTERNAL_HOST}`).pathname);
      if (req.method === 'POST') {
        uploads.handle(path, req, res);
        return;
      }
      const isDocument = path.startsWith('/t/') || path.startsWith('/c/');
      const templatePage = isDocument ? templatePages.get(path.slice(3))?.value : undefined;
      if (templatePage && path.startsWith('/c/')) {
        send(res, HTML, canvasDocument(templatePage, `/t/${path.slice(3)}`), {
          'content-security-policy': canvasPolicy,
          'cache-control': 'no-store',
        });
        return;
      }
      if (templatePage) {
        send(res, HTML, templatePageDocument(templatePage, fonts.css), {
          'content-security-policy': templatePagePolicy(templatePage.template),
          'cache-control': 'no-store',
        });
        return;
      }
      const asset = path.startsWith('/p/') ? assets.get(path.slice(3))?.value : undefined;
      const file = asset ?? templateFile(path);
      if (file) {
        send(res, file.contentType, file.body);
        return;
      }
      const font = path.startsWith('/fonts/') ? fonts.file(path.slice(7)) : undefined;
      if (font) {
        send(res, 'font/woff2', font);
        return;
      }
      res.writeHead(404, { 'content-length': 0 });
      res.end();
    },
  };
}
