import type { ImageSize } from '../images/image.js';
import type { Template } from '../templates/template.js';
import { localFacesCss } from './local-faces.js';
import { probeFontsCss } from './probe-fonts.js';

/** What one template page is made for. A browser page shows one of these for its whole life. */
export interface TemplatePageSpec {
  template: Template;
  size: ImageSize;
  scale: number;
}

export function templatePageName(spec: TemplatePageSpec): string {
  const { template, size, scale } = spec;
  return `${template.id}/${template.version}/${size.name}@${scale}`;
}

/** Generated, because the clamp is a number in CSS and an attribute in the template. */
const clampRules = Array.from(
  { length: 20 },
  (_, i) => `[data-max-lines="${i + 1}"]{-webkit-line-clamp:${i + 1}}`,
).join('');

/**
 * A static layer lies below all other content of its body, whatever the template says: only then
 * does the content above look the same over an image of the layer. Important rules in the first
 * cascade layer are the strongest there are. `data-alone` is set while the layer is captured.
 * `cardpress-part` is what the page script puts around a part of a text: no rule may reach it.
 */
const layerCss = `@layer cardpress{
body:has(>[data-static]:first-child){isolation:isolate!important}
body>[data-static]:first-child{position:absolute!important;inset:0!important;width:auto!important;height:auto!important;margin:0!important;z-index:-2147483648!important;contain:strict!important}
cardpress-part{all:unset!important}
[data-alone]::before,[data-alone]::after,[data-alone]>body::before,[data-alone]>body::after,[data-alone]>body>:not(:first-child){display:none!important}
}`;

/** Stands before the template's own rules, which can override everything but the frame. */
function baseCss(size: ImageSize): string {
  return `
*,*::before,*::after{box-sizing:border-box;animation:none!important;transition:none!important;caret-color:transparent!important}
:root{--card-width:${size.widthPx}px;--card-height:${size.heightPx}px}
html,body{margin:0;width:${size.widthPx}px;height:${size.heightPx}px;overflow:hidden}
html{-webkit-text-size-adjust:none;text-size-adjust:none;text-rendering:geometricPrecision;-webkit-font-smoothing:antialiased}
body{position:relative;container:card / size;font-family:Inter,'Noto Sans','Noto Sans Arabic','Noto Sans Devanagari','Noto Sans CJK SC','Noto Color Emoji',sans-serif;overflow-wrap:break-word}
img{display:block;max-width:100%}
:where(h1,h2,h3,[data-fit]):where(:lang(ja)){word-break:auto-phrase}
[data-max-lines]{display:-webkit-box;-webkit-box-orient:vertical;overflow:hidden;text-overflow:ellipsis}
${clampRules}
${layerCss}`;
}

function escapeStyle(css: string): string {
  return css.replaceAll(/<\/style/gi, '<\\/style');
}

/**
 * The document of a template page. It stays when bodies change: styles and fonts, and nothing that
 * depends on data. Addresses in the template's CSS are relative to its folder, from where it is
 * served.
 */
export function templatePageDocument(spec: TemplatePageSpec, fontsCss: string): string {
  const { template, size } = spec;
  return `<!doctype html>
<html data-size="${size.name}"><head><meta charset="utf-8">
<style>${fontsCss}
${localFacesCss}
${probeFontsCss}</style>
<style>${baseCss(size)}</style>
<style>${escapeStyle(template.css)}</style>
</head><body></body></html>`;
}

/**
 * Content security policy: only styles, fonts and images from this origin and from the hosts that
 * the template declares.
 */
export function templatePagePolicy(template: Template): string {
  const hosts = (template.manifest.network ?? []).flatMap((h) => [`https://${h}`, `http://${h}`]);
  const from = ["'self'", 'data:', ...hosts].join(' ');
  return [
    "default-src 'none'",
    `style-src 'unsafe-inline' ${from}`,
    `img-src ${from}`,
    `font-src ${from}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
