import { request } from 'node:http';
import { connect } from 'node:net';
import { colourFields } from './colour-code.js';
import { pick } from './good-kind.js';
import { type HostileKind, outcomeOf } from './hostile-kind.js';

const TOO_LARGE = JSON.stringify({
  template: 'colour-code',
  data: { note: 'x'.repeat(20 * 1024 * 1024) },
});
const DEPTH = 10_000;

const invalid: HostileKind = {
  name: 'invalid body',
  weight: 18,
  allowed: [
    '400 bad_json',
    '422 invalid_request',
    '422 invalid_data',
    '404 template_not_found',
    '415 unsupported_media_type',
  ],
  async run({ ask, random }, text) {
    const template = 'colour-code';
    const bodies: unknown[] = [
      '{"template":',
      `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
      `{"template":"${template}","data":${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}}`,
      '"text"',
      { template: `../${text}`, data: {} },
      { template: text, data: {} },
      { template, data: {} },
      { template, data: { c1: { toString: 1 } } },
      '{"template":"colour-code","data":{},"__proto__":{"admin":true}}',
      { template, data: colourFields(text), size: '99999x99999' },
      { template, data: colourFields(text), output: { scale: 1e9 } },
      { template, data: colourFields(text), wait: -1 },
      { template, data: Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`f${i}`, i])) },
    ];
    return outcomeOf(await ask('/v1/images', { body: pick(bodies, random) }));
  },
};

const unsigned: HostileKind = {
  name: 'wrong signature',
  weight: 4,
  allowed: ['403 bad_signature', '404 not_found'],
  run: async ({ ask }, text) =>
    outcomeOf(
      await ask(`/i/colour-code.png?note=${encodeURIComponent(text)}&sig=${'A'.repeat(43)}`),
    ),
};

const tooLarge: HostileKind = {
  name: 'oversize body',
  weight: 4,
  // It may stop reading, and then the rest meets a connection that is closed.
  allowed: ['413 body_too_large', 'cut off'],
  async run({ ask }) {
    return ask('/v1/images', { body: TOO_LARGE }).then(outcomeOf, () => 'cut off');
  },
};

/** Leaves while its picture is drawn. */
const gone: HostileKind = {
  name: 'aborted request',
  weight: 14,
  allowed: ['left'],
  run: ({ base, key, random }, text) =>
    new Promise((resolve) => {
      const body = JSON.stringify({
        template: 'colour-code',
        data: { ...colourFields(text), note: text },
        wait: 30,
      });
      const req = request(`${base}/v1/images`, {
        method: 'POST',
        agent: false,
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      });
      req.on('error', () => undefined).on('close', () => resolve('left'));
      req.on('response', (res) => res.resume());
      req.end(body);
      setTimeout(() => req.destroy(), random() * 300);
    }),
};

/** Leaves in the middle of a head or of a body. */
const halfSaid: HostileKind = {
  name: 'half a request',
  weight: 8,
  allowed: ['left'],
  run: ({ base, key, random }) =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(base);
      const head = `POST /v1/images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n`;
      const socket = connect(Number(port), hostname, () => {
        socket.write(random() < 0.5 ? head : `${head}\r\n{"template":"colour-`);
        setTimeout(() => socket.destroy(), random() * 300);
      });
      socket.on('error', () => undefined).on('close', () => resolve('left'));
      socket.resume();
    }),
};

/** Requests that nobody should send. */
export const hostileCalls: HostileKind[] = [invalid, unsigned, tooLarge, gone, halfSaid];
