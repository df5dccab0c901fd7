import { Webhook } from 'standardwebhooks';

/** The three headers of Standard Webhooks. */
export type SignDelivery = (message: {
  id: string;
  /** Time of this attempt; sent in whole seconds. */
  at: Date;
  body: string;
}) => Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/** After `whsec_` the key is in base64; any other secret is the key itself, as UTF-8. */
function signerOf(secret: string): Webhook {
  if (secret.startsWith('whsec_')) return new Webhook(secret);
  return new Webhook(Buffer.from(secret, 'utf8'), { format: 'raw' });
}

/**
 * Signs with every active secret, newest first: a receiver with any of them can verify, so that
 * secrets can be rotated without a gap.
 */
export function createSignDelivery(secrets: readonly string[]): SignDelivery {
  if (secrets.length === 0) throw new Error('Deliveries need at least one secret.');
  const signers = secrets.map(signerOf);
  return ({ id, at, body }) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
  });
}
