import { describe, expect, it } from '@jest/globals';
import { endpointOf, isDeliveryId } from '../../../src/webhooks/delivery.js';
import { deliveryId } from '../../../src/webhooks/delivery-id.js';

const message = { type: 'image.completed', subject: 'abc.1', url: 'https://x.test/hook' } as const;

describe('a delivery', () => {
  it('has one id for one message to one address', () => {
    const id = deliveryId(message);
    expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(deliveryId({ ...message })).toBe(id);
    expect(isDeliveryId(id)).toBe(true);
    const others = [
      deliveryId({ ...message, type: 'image.failed' }),
      deliveryId({ ...message, subject: 'abc.2' }),
      deliveryId({ ...message, url: 'https://x.test/hook?2' }),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });

  it.each(['', '1', '42', 'a.b', 'a:b', 'a b', '../x', 'x'.repeat(101)])(
    'is never called "%s"',
    (id) => {
      expect(isDeliveryId(id)).toBe(false);
    },
  );

  it('belongs to an endpoint without its query, and to a receiver by host and port', () => {
    expect(endpointOf('https://x.test:8443/hook?token=1#a')).toEqual({
      endpoint: 'https://x.test:8443/hook',
      receiver: 'x.test:8443',
    });
    expect(endpointOf('nonsense')).toEqual({ endpoint: 'nonsense', receiver: '' });
  });
});
