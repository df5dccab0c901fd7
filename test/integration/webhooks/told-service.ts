import { Webhook } from 'standardwebhooks';
import { startService } from '../../support/service.js';
import { type Received, startReceiver } from './receiver.js';

/** Signs the messages of test services, and verifies them. */
export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';

const webhook = new Webhook(WEBHOOK_SECRET);

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the message holds
export type Message = { type: string; data: any };

/** What a message says, once its signature is verified. */
export function verified({ headers, body }: Received): Message {
  return webhook.verify(body, headers as Record<string, string>) as Message;
}

/** A service that may tell a receiver on loopback. */
export async function startNotifiedService() {
  const receiver = await startReceiver();
  const service = await startService({
    env: { WEBHOOK_SECRET, EGRESS_ALLOW: `127.0.0.1:${receiver.port}` },
  });
  return {
    receiver,
    service,
    async stop() {
      await service.stop();
      await receiver.close();
    },
  };
}

export type NotifiedService = Awaited<ReturnType<typeof startNotifiedService>>;
