import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createSignDelivery } from '../../../src/webhooks/sign-delivery.js';

const NEW = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PLAIN = 'a plain old secret';
const body = '{"type":"image.completed","data":{"title":"Ürgs 🎉"}}';
const message = () => ({ id: 'msg_1', at: new Date(), body });

describe('a signature', () => {
  it('is HMAC-SHA256 over id, seconds and body with the bytes of the secret', () => {
    const at = new Date('2026-11-21T10:00:00.999Z');
    const headers = createSignDelivery([NEW, PLAIN])({ ...message(), at });
    const seconds = 1_795_255_200;
    const expected = [Buffer.alloc(32, 7), Buffer.from(PLAIN)].map(
      (key) =>
        `v1,${createHmac('sha256', key).update(`msg_1.${seconds}.${body}`).digest('base64')}`,
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(seconds),
      'webhook-signature': expected.join(' '),
    });
  });

  it('is verified by whoever knows any of the secrets, and by nobody else', () => {
    const headers = createSignDelivery([NEW, PLAIN])(message());
    expect(new Webhook(NEW).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(PLAIN, { format: 'raw' }).verify(body, headers)).toEqual(JSON.parse(body));
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature');
  });

  it('fits neither another body, nor another id, nor another time', () => {
    const headers = createSignDelivery([NEW])(message());
    const webhook = new Webhook(NEW);
    expect(() => webhook.verify(body.replace('🎉', '🎊'), headers)).toThrow();
    expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
    const later = String(Number(headers['webhook-timestamp']) + 1);
    expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': later })).toThrow();
  });

  it('is refused when it is old', () => {
    const at = new Date(Date.now() - 6 * 60_000);
    const headers = createSignDelivery([NEW])({ ...message(), at });
    expect(() => new Webhook(NEW).verify(body, headers)).toThrow('too old');
  });

  it('needs a secret', () => {
    expect(() => createSignDelivery([])).toThrow('at least one secret');
  });
});
