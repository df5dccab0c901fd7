import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook, WebhookError } from '../../../clients/js/src/verify-webhook.js';
import { createSignDelivery } from '../../../src/webhooks/sign-delivery.js';

const NEW = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const PLAIN = 'ein altes Geheimnis';
const body = '{"type":"batch.completed","timestamp":"x","data":{"id":"Ürgs 🎉"}}';
const signed = (secrets: string[], atMs = Date.now()) =>
  createSignDelivery(secrets)({ id: 'msg_1', at: new Date(atMs), body });
const refused = (...given: Parameters<typeof verifyWebhook>) =>
  expect(verifyWebhook(...given)).rejects.toBeInstanceOf(WebhookError);

describe('verifyWebhook', () => {
  it('believes what the service signed, with any of its secrets', async () => {
    const message = JSON.parse(body);
    for (const secret of [NEW, PLAIN]) {
      expect(await verifyWebhook(secret, signed([NEW, PLAIN]), body)).toEqual(message);
    }
    expect(await verifyWebhook([OTHER, NEW], signed([NEW]), body)).toEqual(message);
  });

  it('believes what the library of Standard Webhooks signs', async () => {
    const at = new Date();
    const headers = {
      'webhook-id': 'msg_2',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(NEW).sign('msg_2', at, body),
    };
    expect(await verifyWebhook(NEW, headers, body)).toMatchObject({ type: 'batch.completed' });
  });

  it('takes headers and bodies as servers have them', async () => {
    const headers = signed([NEW]);
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const buffer = Buffer.from(`xx${body}`).subarray(2);
    const whole = new Uint8Array(Buffer.from(body)).buffer;
    for (const given of [headers, upper, new Headers(headers)]) {
      for (const bytes of [body, buffer, whole]) {
        expect(await verifyWebhook(NEW, given, bytes)).toMatchObject({ data: { id: 'Ürgs 🎉' } });
      }
    }
  });

  it('refuses another body, id, time or secret', async () => {
    const headers = signed([NEW]);
    await refused(NEW, headers, body.replace('🎉', '🎊'));
    await refused(NEW, { ...headers, 'webhook-id': 'msg_9' }, body);
    const later = String(Number(headers['webhook-timestamp']) + 1);
    await refused(NEW, { ...headers, 'webhook-timestamp': later }, body);
    await refused([OTHER, PLAIN], headers, body);
    const cut = headers['webhook-signature'].slice(0, -1);
    await refused(NEW, { ...headers, 'webhook-signature': cut }, body);
    const version = headers['webhook-signature'].replace('v1,', 'v2,');
    await refused(NEW, { ...headers, 'webhook-signature': version }, body);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('needs %s', async (name) => {
    await refused(NEW, { ...signed([NEW]), [name]: undefined }, body);
  });

  it('refuses what is more than five minutes away, or what is no time', async () => {
    const now = Date.now();
    for (const atMs of [now - 310_000, now + 310_000])
      await refused(NEW, signed([NEW], atMs), body);
    for (const atMs of [now - 290_000, now + 290_000]) {
      expect(await verifyWebhook(NEW, signed([NEW], atMs), body)).toBeDefined();
    }
    const old = signed([NEW], now - 310_000);
    expect(await verifyWebhook(NEW, old, body, { toleranceSeconds: 600 })).toBeDefined();
    await refused(NEW, { ...old, 'webhook-timestamp': 'NaN' }, body);
  });

  it('says what is wrong with its own input', async () => {
    const headers = signed([NEW]);
    const given = (secret: string | string[]) => verifyWebhook(secret, headers, body);
    await expect(given('')).rejects.toThrow('secret: must not be empty');
    await expect(given([])).rejects.toThrow('secrets: give at least one');
    await expect(given('whsec_%%%')).rejects.toThrow('secret: what follows whsec_');
    const parsed = JSON.parse(body) as string;
    await expect(verifyWebhook(NEW, headers, parsed)).rejects.toThrow('body: give the raw body');
  });
});
