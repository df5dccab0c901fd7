import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { HookRequest, Source } from '../../../src/publishing/source-ports.js';
import { TOLERANCE_MS, verifySender } from '../../../src/publishing/verify-sender.js';
import { STRAPI_TOKEN, strapiRequest } from '../../support/strapi/strapi-request.js';
import { exampleSource, hookRequest, SECRET } from './source-example.js';

const NOW = 1_795_000_000_000;
const BODY = '{"title":"Ünï"}';

const mac = (text: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex', secret = SECRET) =>
  createHmac('sha256', secret).update(text).digest(encoding);

/** Written out as Contentful's documentation shows it, so that the code is not its own witness. */
function contentful(atMs: number, body = BODY, secret = SECRET): Record<string, string> {
  const signed = 'x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic';
  const topic = 'ContentManagement.Entry.publish';
  const canonical = `POST\n/v1/hooks/blog\nx-contentful-signed-headers:${signed};x-contentful-timestamp:${atMs};x-contentful-topic:${topic}\n${body}`;
  return {
    'x-contentful-signature': mac(canonical, 'hex', secret),
    'x-contentful-signed-headers': signed,
    'x-contentful-timestamp': String(atMs),
    'x-contentful-topic': topic,
  };
}

/** Each kind's headers for a body, a time and a secret; `timed` where the time is signed. */
const senders: Record<
  string,
  { source: Source; timed: boolean; sign(atMs: number, secret?: string): Record<string, string> }
> = {
  ghost: {
    source: exampleSource('ghost'),
    timed: true,
    sign: (at, secret) => ({
      'x-ghost-signature': `sha256=${mac(`${BODY}${at}`, 'hex', secret)}, t=${at}`,
    }),
  },
  sanity: {
    source: exampleSource('sanity'),
    timed: true,
    sign: (at, secret) => ({
      'sanity-webhook-signature': `t=${at},v1=${mac(`${at}.${BODY}`, 'base64url', secret)}`,
    }),
  },
  wordpress: {
    source: exampleSource('wordpress'),
    timed: true,
    sign: (at, secret) => ({
      'x-cardpress-signature': `t=${at / 1000},v1=${mac(`${at / 1000}.${BODY}`, 'hex', secret)}`,
    }),
  },
  contentful: {
    source: exampleSource('contentful'),
    timed: true,
    sign: (at, secret) => contentful(at, BODY, secret),
  },
  'strapi, as its documentation sets a token': {
    source: exampleSource('strapi'),
    timed: false,
    sign: (_at, secret = SECRET) => ({ authorization: `Bearer ${secret}` }),
  },
  'generic with an HMAC in hex': {
    source: exampleSource('generic', { signature: { scheme: 'hmac', header: 'X-Hub-Signature' } }),
    timed: false,
    sign: (_at, secret) => ({ 'x-hub-signature': `sha256=${mac(BODY, 'hex', secret)}` }),
  },
  'generic with an HMAC in base64': {
    source: exampleSource('generic', { signature: { scheme: 'hmac', header: 'X-Sign' } }),
    timed: false,
    sign: (_at, secret) => ({ 'x-sign': mac(BODY, 'base64', secret) }),
  },
  'generic with a token': {
    source: exampleSource('generic', { signature: { scheme: 'token', header: 'X-Token' } }),
    timed: false,
    sign: (_at, secret = SECRET) => ({ 'x-token': secret }),
  },
};

const codeOf = (source: Source, request: HookRequest) => {
  try {
    verifySender(source, request, NOW);
    return 'verified';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe.each(Object.entries(senders))('a sender of kind %s', (_name, { source, timed, sign }) => {
  it('is believed, and its time with it', () => {
    const at = NOW - 60_000;
    expect(verifySender(source, hookRequest(sign(at), BODY), NOW)).toBe(timed ? at : undefined);
  });

  it('is not believed with another secret, without a header, or with a header of another form', () => {
    expect(codeOf(source, hookRequest(sign(NOW, 'another-secret-than-this'), BODY))).toBe(
      'bad_signature',
    );
    expect(codeOf(source, hookRequest({}, BODY))).toBe('sender_unverified');
    const broken = Object.fromEntries(Object.keys(sign(NOW)).map((name) => [name, 'x']));
    expect(codeOf(source, hookRequest(broken, BODY))).toBe('bad_signature');
  });
});

const signsBody = ({ sign }: (typeof senders)[string]) =>
  !Object.values(sign(NOW)).some((value) => value.endsWith(SECRET));

describe.each(Object.entries(senders).filter(([, sender]) => signsBody(sender)))(
  'the signature of kind %s',
  (_name, { source, sign }) => {
    it('is of every byte of the body', () => {
      expect(codeOf(source, hookRequest(sign(NOW), BODY.replace('Ü', 'U')))).toBe('bad_signature');
      expect(codeOf(source, hookRequest(sign(NOW), `${BODY} `))).toBe('bad_signature');
    });
  },
);

describe.each(Object.entries(senders).filter(([, { timed }]) => timed))(
  'the time of kind %s',
  (_name, { source, sign }) => {
    it('is good for five minutes, and cannot be changed', () => {
      expect(codeOf(source, hookRequest(sign(NOW - TOLERANCE_MS), BODY))).toBe('verified');
      for (const at of [NOW - TOLERANCE_MS - 1_000, NOW + TOLERANCE_MS + 1_000]) {
        expect(codeOf(source, hookRequest(sign(at), BODY))).toBe('sender_unverified');
      }
      const old = NOW - 2 * TOLERANCE_MS;
      const unit = source.kind === 'wordpress' ? 1_000 : 1;
      const renewed = Object.fromEntries(
        Object.entries(sign(old)).map(([name, value]) => [
          name,
          value.replaceAll(String(old / unit), String(NOW / unit)),
        ]),
      );
      expect(codeOf(source, hookRequest(renewed, BODY))).toBe('bad_signature');
    });
  },
);

describe('Contentful', () => {
  const source = exampleSource('contentful');

  it('must have signed the time, the list of what it signed, and the path', () => {
    const headers = contentful(NOW);
    const unsigned = {
      ...headers,
      'x-contentful-signed-headers': 'x-contentful-signed-headers',
      'x-contentful-signature': mac(
        `POST\n/v1/hooks/blog\nx-contentful-signed-headers:x-contentful-signed-headers\n${BODY}`,
      ),
    };
    expect(codeOf(source, hookRequest(unsigned, BODY))).toBe('bad_signature');
    const elsewhere = { ...hookRequest(headers, BODY), path: '/v1/hooks/other' };
    expect(codeOf(source, elsewhere)).toBe('bad_signature');
    const otherTopic = { ...headers, 'x-contentful-topic': 'ContentManagement.Entry.delete' };
    expect(codeOf(source, hookRequest(otherTopic, BODY))).toBe('bad_signature');
  });
});

describe('a recorded request of Strapi', () => {
  const signature = { scheme: 'token', header: 'X-OG-Token' } as const;

  it('is read whole, and believed for its token in a header that the source names', () => {
    const { body, length, headers } = strapiRequest('publish');
    expect(body.length).toBe(length);
    const source = exampleSource('strapi', { secret: STRAPI_TOKEN, signature });
    expect(codeOf(source, hookRequest(headers, body))).toBe('verified');
    const other = exampleSource('strapi', { secret: `${STRAPI_TOKEN}!`, signature });
    expect(codeOf(other, hookRequest(headers, body))).toBe('bad_signature');
    // Where another header is expected, this one does not count.
    expect(
      codeOf(exampleSource('strapi', { secret: STRAPI_TOKEN }), hookRequest(headers, body)),
    ).toBe('sender_unverified');
  });
});
