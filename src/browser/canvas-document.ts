import { compositorTile } from './compositor-tiles.js';
import type { TemplatePageSpec } from './template-page-document.js';

/**
 * The document around a template page from which elements are captured: a canvas as large as one of
 * the compositor's tiles, and in it a frame with the template page. The document is ours alone:
 * nothing of a template stands in it. The frame may run no script, submit nothing and navigate
 * nothing but itself; `allow-same-origin` lets the document around it read the nonce.
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

/** No script; the frame, and uploads by our own functions, which run in a world of their own. */
export const canvasPolicy = [
  "default-src 'none'",
  "script-src 'none'",
  "style-src 'unsafe-inline'",
  "frame-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
