import { colourFields } from './colour-code.js';
import { pick } from './good-kind.js';
import { type HostileContext, type HostileKind, image, outcomeOf } from './hostile-kind.js';

const withPhoto = (context: HostileContext, text: string, photo: string) =>
  image(context, { template: 'colour-code', data: { ...colourFields(text), note: text, photo } });

/** A page that does harm is drawn, or fails alone. */
const BOMB_OUTCOMES = [
  'completed',
  'completed with warnings',
  ...['render_timeout', 'render_crashed', 'browser_unavailable'].flatMap((code) => [
    `failed ${code}`,
    `504 ${code}`,
    `500 ${code}`,
    `503 ${code}`,
  ]),
];

function bomb(template: string, weight: number): HostileKind {
  return {
    name: template,
    weight,
    // A bomb keeps a page busy for its whole time limit, five times over.
    atOnce: 1,
    isBomb: true,
    allowed: BOMB_OUTCOMES,
    run: (context) => image(context, { template, data: { n: Math.floor(context.random() * 1e9) } }),
  };
}

function picture(name: string, weight: number, photos: string[]): HostileKind {
  return {
    name,
    weight,
    allowed: ['completed with warnings'],
    run(context, text) {
      const path = pick(photos, context.random);
      const separator = path.includes('?') ? '&' : '?';
      const url = path.startsWith('data:')
        ? path
        : `${context.strange.url}${path}${separator}${encodeURIComponent(text)}`;
      return withPhoto(context, text, url);
    },
  };
}

const svg = (body: string) =>
  `data:image/svg+xml;base64,${Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${body}</svg>`).toString('base64')}`;
const laughs = Array.from(
  { length: 12 },
  (_, i) =>
    `<g id="l${i}">${i === 0 ? '<rect width="9" height="9"/>' : `<use href="#l${i - 1}"/>`.repeat(10)}</g>`,
).join('');
/** The beginning of a PNG of 50,000 by 50,000 pixels. */
const hugePng = `data:image/png;base64,${Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.from('0000c3500000c3500802000000', 'hex'),
  Buffer.from('00000000', 'hex'),
]).toString('base64')}`;

/** Spellings of places that a picture must never be fetched from. */
const forbiddenAddresses = (port: number) => [
  `http://127.0.0.1:${port}/`,
  `http://localhost:${port}/`,
  `http://[::1]:${port}/`,
  `http://[::ffff:127.0.0.1]:${port}/`,
  `http://2130706433:${port}/`,
  `http://0x7f.1:${port}/`,
  `http://0177.0.0.1:${port}/`,
  `http://127.1:${port}/`,
  `http://0.0.0.0:${port}/`,
  `HTTP://LOCALHOST.:${port}/`,
  'http://169.254.169.254/latest/meta-data/',
  'http://10.0.0.1/',
  'http://192.168.0.1/',
  'http://100.64.0.1/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'file:///etc/passwd',
  'ftp://127.0.0.1/',
  'gopher://127.0.0.1/',
  'javascript:alert(1)',
  '\\\\localhost\\c$\\secret',
];

const forbidden: HostileKind = {
  name: 'forbidden address',
  weight: 20,
  allowed: ['completed with warnings', '422 invalid_data'],
  run(context, text) {
    const addresses = forbiddenAddresses(context.trap.port);
    const target = pick(addresses, context.random);
    const isRedirect = context.random() < 0.25;
    const through = `${context.strange.url}/into-trap?${encodeURIComponent(target)}`;
    return withPhoto(context, text, isRedirect ? through : target);
  },
};

const forbiddenHook: HostileKind = {
  name: 'forbidden webhook',
  weight: 4,
  allowed: ['422 invalid_request'],
  async run({ ask, trap, random }, text) {
    const webhook_url = pick(forbiddenAddresses(trap.port), random);
    const data = colourFields(text);
    return outcomeOf(
      await ask('/v1/images', { body: { template: 'colour-code', data, webhook_url } }),
    );
  },
};

const lastOfLaughs = '<use href="#l11"/>';

/** Pages that do harm, and pictures that cannot or must not be fetched. */
export const hostilePictures: HostileKind[] = [
  bomb('style-bomb', 2),
  bomb('svg-bomb', 2),
  bomb('huge-grid', 2),
  bomb('endless-font', 2),
  picture('slow picture', 8, ['/trickle', '/silence']),
  picture('strange picture', 8, ['/large', '/circle', '/reset', '/missing']),
  picture('picture bomb', 6, [
    svg(`width="100" height="100"><defs>${laughs}</defs>${lastOfLaughs}`),
    svg('width="1000000" height="1000000"><rect width="9" height="9"/>'),
    hugePng,
  ]),
  ...[forbidden, forbiddenHook],
];
