import { compositorTile } from './compositor-tiles.js';
import type { TemplatePageSpec } from './template-page-document.js';

/**
 * The document around a template page that is captured by `element`: a canvas as large as one tile
 * of Chromium's compositor and, below it, an iframe with the template page. Nothing in this document
 * comes from a template. The iframe's `sandbox` forbids scripts, forms and navigation of other
 * frames; `allow-same-origin` lets the document around it read the nonce.
 */
export function canvasDocument({ size, scale }: TemplatePageSpec, templatePagePath: string) {
  const tile = compositorTile(size.widthPx * scale, size.heightPx * scale);
  const box = (width: number, height: number) =>
    `{display:block;width:${width}px;height:${height}px;border:0}`;
  return `<!doctype html>
<html><head><meta charset="utf-8">
<style>html,body{margin:0;overflow:hidden}canvas${box(tile.width / scale, tile.height / scale)}iframe${box(size.widthPx, size.heightPx)}</style>
</head><body><canvas layoutsubtree width="${tile.width}" height="${tile.height}"><iframe sandbox="allow-same-origin" src="${templatePagePath}"></iframe></canvas></body></html>`;
}

/**
 * Content security policy: no scripts, the iframe, and uploads by the page program, which runs in an
 * isolated world.
 */
export const canvasPolicy = [
  "default-src 'none'",
  "script-src 'none'",
  "style-src 'unsafe-inline'",
  "frame-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
