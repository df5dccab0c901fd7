import { type Answer, type Ask, isSettledImage, settled } from './http-client.js';
import type { StrangeServer, Trap } from './strange-server.js';

export interface HostileContext {
  ask: Ask;
  /** Of the service. */
  base: string;
  key: string;
  strange: StrangeServer;
  trap: Trap;
  random(): number;
}

export interface HostileKind {
  name: string;
  weight: number;
  /** At most this many at once; default: any number. */
  atOnce?: number;
  /** It takes the browser's time and memory as long as it is let. */
  isBomb?: boolean;
  /** The only ways in which it may end. */
  allowed: string[];
  /** How it ended, such as `422 invalid_data` or `completed with warnings`. */
  run(context: HostileContext, text: string): Promise<string>;
}

/** What an answer tells, in words. */
export function outcomeOf({ status, json }: Answer): string {
  if (json.status === 'completed') {
    return json.warnings?.length ? 'completed with warnings' : 'completed';
  }
  if (json.status === 'failed') return `failed ${json.error?.code}`;
  return json.code ? `${status} ${json.code}` : String(status);
}

/** Until it has ended: whoever does not wait is told of the end by the record. */
export async function image({ ask }: HostileContext, body: object): Promise<string> {
  const answer = await ask('/v1/images', { body: { wait: 5, ...body } });
  if (answer.status !== 202) return outcomeOf(answer);
  return outcomeOf(await settled(ask, `/v1/images/${answer.json.id}`, isSettledImage));
}
