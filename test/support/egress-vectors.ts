/*
 * Ways of asking for an address that markup alone has. The list was put together from the HTML
 * standard's index of attributes (https://html.spec.whatwg.org/multipage/indices.html), its link
 * types, and the CSS properties that take a <url> (https://drafts.csswg.org/css-values-4/#urls).
 */

/** One listener, as a page spells it: all without a slash at the end. */
export interface Target {
  http: string;
  https: string;
  ws: string;
  wss: string;
  /** `host:port` */
  authority: string;
}

export interface Vector {
  name: string;
  html(to: Target): string;
  /**
   * How a control shows that the way leads somewhere: `allowed` through the proxy, where the target
   * is declared and exempt; `open` only in a browser without proxy, as ours never carries it;
   * `none` where no present Chromium connects: such a one is tried, and does not count as held.
   */
  control: 'allowed' | 'open' | 'none';
  /** Never asks the proxy, so that only the traps can tell what became of it. */
  isSilent?: true;
  /** Understands an address only as resolvers spell it: dotted decimal, or plain IPv6. */
  isPlain?: true;
  /** Leads its page away, or works in a page of its own only; all others may share one. */
  alone?: true;
}

type Write = Vector['html'];

const from = (control: Vector['control'], ways: Record<string, Write>): Vector[] =>
  Object.entries(ways).map(([name, html]) => ({ name, html, control }));

const style =
  (declaration: (url: string) => string): Write =>
  (to) =>
    `<p style="${declaration(`url(${to.http}/x.svg#x)`)}">x</p>`;

const link =
  (rel: string, more = ''): Write =>
  (to) =>
    `<link rel="${rel}" href="${to.http}/x" ${more}>`;

const elements = from('allowed', {
  img: (to) => `<img src="${to.http}/x">`,
  'img srcset': (to) => `<img srcset="${to.http}/x 1x, ${to.http}/y 2x">`,
  'img over https': (to) => `<img src="${to.https}/x">`,
  'img relative to a base': (to) =>
    `<iframe srcdoc="<base href='${to.http}/'><img src='x'>"></iframe>`,
  'picture source': (to) => `<picture><source srcset="${to.http}/x"><img></picture>`,
  'input image': (to) => `<input type="image" src="${to.http}/x">`,
  video: (to) => `<video src="${to.http}/x" preload="auto" muted autoplay></video>`,
  'video source': (to) => `<video preload="auto"><source src="${to.http}/x"></video>`,
  poster: (to) => `<video poster="${to.http}/x"></video>`,
  audio: (to) => `<audio src="${to.http}/x" preload="auto"></audio>`,
  iframe: (to) => `<iframe src="${to.http}/x"></iframe>`,
  frame: (to) => `<iframe srcdoc="<frameset><frame src='${to.http}/x'></frameset>"></iframe>`,
  object: (to) => `<object data="${to.http}/x" type="image/png"></object>`,
  'object of HTML': (to) => `<object data="${to.http}/x" type="text/html"></object>`,
  embed: (to) => `<embed src="${to.http}/x" type="image/png">`,
  'body background': (to) => `<table background="${to.http}/x"><td>x</table>`,
  'nested srcdoc': (to) =>
    `<iframe srcdoc="<iframe srcdoc=&quot;<img src='${to.http}/x'>&quot;></iframe>"></iframe>`,
  'data: frame': (to) =>
    `<iframe src="data:text/html;charset=utf-8,<img src='${to.http}/x'>"></iframe>`,
  'data: in data:': (to) =>
    `<iframe src="data:text/html;charset=utf-8,<iframe src='data:text/html;charset=utf-8,<img src=${to.http}/x>'></iframe>"></iframe>`,
  'data: object': (to) =>
    `<object data="data:text/html;charset=utf-8,<img src='${to.http}/x'>" type="text/html"></object>`,
  'refresh in a frame': (to) =>
    `<iframe srcdoc="<meta http-equiv=refresh content='0;url=${to.http}/x'>"></iframe>`,
});

const styles = from('allowed', {
  'style @import url()': (to) => `<style>@import url(${to.http}/x);</style>`,
  'style @import string': (to) => `<style>@import "${to.http}/x" layer(a) screen;</style>`,
  '@import in a data: sheet': (to) =>
    `<link rel="stylesheet" href="data:text/css;charset=utf-8,@import url(${to.http}/x);">`,
  '@font-face': (to) =>
    `<style>@font-face{font-family:z;src:url(${to.http}/x)}</style><p style="font-family:z">x</p>`,
  background: style((url) => `background:${url}`),
  'image-set': (to) => `<p style="background:image-set('${to.http}/x' 1x)">x</p>`,
  'cross-fade': style((url) => `background:-webkit-cross-fade(${url},${url},50%)`),
  'border-image': style((url) => `border:1px solid;border-image:${url} 1`),
  'list-style': style((url) => `display:list-item;list-style:${url}`),
  cursor: style((url) => `cursor:${url},auto`),
  content: style((url) => `content:${url}`),
  'content of ::before': (to) =>
    `<style>.q::before{content:url(${to.http}/x)}</style><p class="q">x</p>`,
  'mask-image': style((url) => `mask:${url}`),
  'clip-path': style((url) => `clip-path:${url}`),
  fill: style((url) => `fill:${url}`),
  'shape-outside': style((url) => `float:left;shape-outside:${url}`),
  'a custom property': style((url) => `--a:${url};background:var(--a)`),
});

const links = from('allowed', {
  stylesheet: link('stylesheet'),
  'stylesheet for print': link('stylesheet', 'media="print"'),
  'preload image': link('preload', 'as="image"'),
  'preload by srcset': (to) => `<link rel="preload" as="image" imagesrcset="${to.http}/x 1x">`,
  'preload font': link('preload', 'as="font" crossorigin'),
  'preload style': link('preload', 'as="style"'),
  'preload fetch': link('preload', 'as="fetch" crossorigin'),
  prefetch: link('prefetch'),
});

const drawings = from('allowed', {
  'svg image': (to) => `<svg><image href="${to.http}/x" width="9" height="9"/></svg>`,
  'svg xlink image': (to) => `<svg><image xlink:href="${to.http}/x" width="9" height="9"/></svg>`,
  'svg style': (to) => `<svg><style>@import url(${to.http}/x);</style></svg>`,
  'svg foreignObject': (to) =>
    `<svg><foreignObject width="9" height="9"><img src="${to.http}/x"></foreignObject></svg>`,
  'svg feImage': (to) =>
    `<svg><filter id="f"><feImage href="${to.http}/x"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>`,
  'svg mask': (to) => `<svg><rect mask="url(${to.http}/x#x)" width="9" height="9"/></svg>`,
});

/** Kept in the corpus, because an older or a later browser may well follow them. */
const inert = from('none', {
  'dns-prefetch': link('dns-prefetch'),
  preconnect: (to) => `<link rel="preconnect" href="${to.https}">`,
  'preconnect for fonts': (to) => `<link rel="preconnect" href="${to.http}" crossorigin>`,
  icon: link('icon'),
  manifest: link('manifest'),
  prerender: link('prerender'),
  'prefetch of a name only': (to) => `<link rel="dns-prefetch" href="//${to.authority}">`,
  track: (to) => `<video><track src="${to.http}/x" kind="subtitles" default></video>`,
  applet: (to) => `<applet codebase="${to.http}/" code="x"></applet>`,
  portal: (to) => `<portal src="${to.http}/x"></portal>`,
  filter: style((url) => `filter:${url}`),
  'backdrop-filter': style((url) => `backdrop-filter:${url}`),
  'svg use': (to) => `<svg><use href="${to.http}/x#x"/></svg>`,
  'offset-path': style((url) => `offset-path:${url}`),
  'ftp: image': (to) =>
    `<img src="ftp://${to.authority}/x"><iframe src="ftp://${to.authority}/"></iframe>`,
  'view-source: frame': (to) => `<iframe src="view-source:${to.http}/x"></iframe>`,
  'chrome: frame': (to) => `<iframe src="chrome://settings/?${to.http}"></iframe>`,
  'about: frame': (to) => `<iframe src="about:srcdoc#${to.http}"></iframe>`,
  'file: with a host': (to) =>
    `<img src="file://${to.authority}/x"><iframe src="file://${to.authority}/x"></iframe>`,
  'blob: image': (to) => `<img src="blob:${to.http}/0"><iframe src="blob:${to.http}/0"></iframe>`,
  'form that nobody sends': (to) =>
    `<form action="${to.http}/x"><button autofocus formaction="${to.http}/y">x</button></form>`,
  'ping that nobody clicks': (to) => `<a href="#x" ping="${to.http}/x" autofocus>x</a>`,
});

const leading = from('allowed', {
  'meta refresh': (to) => `<meta http-equiv="refresh" content="0;url=${to.http}/x">`,
  'meta refresh without a space': (to) => `<meta http-equiv=refresh content=0,${to.http}/x>`,
});

export const MARKUP_VECTORS: readonly Vector[] = [
  ...elements,
  ...styles,
  ...links,
  ...drawings,
  ...inert,
  ...leading.map((vector) => ({ ...vector, alone: true as const })),
];
