import type { ImageSize } from '../images/image.js';
import type { Template } from '../templates/template.js';
import { localFacesCss } from './local-faces.js';
import { probeFontsCss } from './probe-fonts.js';

/** What identifies a template page. A browser page shows the same one until it is closed. */
export interface TemplatePageSpec {
  template: Template;
  size: ImageSize;
  scale: number;
}

/** `<template>/<version>/<size>@<scale>`: unique, and used in addresses and as key of caches. */
export function templatePageName(spec: TemplatePageSpec): string {
  const { template, size, scale } = spec;
  return `${template.id}/${template.version}/${size.name}@${scale}`;
}

/** One rule for each number: CSS cannot read a number from an attribute into `-webkit-line-clamp`. */
const clampRules = Array.from(
  { length: 20 },
  (_, i) => `[data-max-lines="${i + 1}"]{-webkit-line-clamp:${i + 1}}`,
).join('');

/**
 * A static layer is always painted below all other content of its body: only then does the content
 * look the same over an image of the layer. Important rules in the first cascade layer override all
 * others. `data-alone` is set while the layer is captured (`page/layer.ts`). `cardpress-part` is the
 * element that the page program puts around a part of a text (`page/part-element.ts`): no rule of the
 * template may apply to it.
 */
const layerCss = `@layer cardpress{
body:has(>[data-static]:first-child){isolation:isolate!important}
body>[data-static]:first-child{position:absolute!important;inset:0!important;width:auto!important;height:auto!important;margin:0!important;z-index:-2147483648!important;contain:strict!important}
cardpress-part{all:unset!important}
[data-alone]::before,[data-alone]::after,[data-alone]>body::before,[data-alone]>body::after,[data-alone]>body>:not(:first-child){display:none!important}
}`;

/** Comes before the template's own rules, which can override all but the `!important` ones. */
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
 * The document of a template page: styles and fonts, nothing that depends on data, and an empty body
 * that each job replaces. It is served from the template's folder, so relative addresses in the
 * template's CSS lead there.
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
