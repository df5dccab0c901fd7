import { colourFields, showsColoursOf } from './colour-code.js';
import { type Answer, type Ask, isSettledImage, pause, settled } from './http-client.js';
import type { StrangeServer } from './strange-server.js';

/** What a well-behaved request can draw from. */
export interface GoodContext {
  ask: Ask;
  strange: StrangeServer;
  random(): number;
  /** Fixed values of the link that is asked for with ever new notes. */
  linkText: string;
  linkPath: string;
  /** Of the bundled templates. */
  samples: { id: string; sizes: string[]; sample: Record<string, unknown> }[];
  /** A single picture took this long. */
  took(ms: number): void;
}

export interface GoodKind {
  name: string;
  weight: number;
  /** At most this many at once; default: any number. */
  atOnce?: number;
  /** `text` is not used twice. @throws Error that says what is wrong with the answer */
  run(context: GoodContext, text: string): Promise<void>;
}

/** For what follows upon an answer. */
export const PATIENCE_MS = 60_000;

/** @throws Error that tells the answer */
export function expect(holds: boolean, what: string, { status, json }: Answer): asserts holds {
  if (!holds) throw new Error(`${what}: ${status} ${json.status ?? ''} ${json.code ?? ''}`);
}

/** One of a list. */
export const pick = <T>(list: T[], random: () => number): T =>
  list[Math.floor(random() * list.length)] as T;
export const pathOf = (url: string | undefined) => new URL(url ?? '').pathname;

/** Asks for an image and waits until it is there. */
export async function image(ask: Ask, body: object): Promise<Answer> {
  const asked = await ask('/v1/images', { body: { wait: 30, ...body } });
  expect(asked.status === 201 || asked.status === 202, 'an image', asked);
  if (asked.json.status === 'completed') return asked;
  const over = await settled(ask, `/v1/images/${asked.json.id}`, isSettledImage);
  expect(over.json.status === 'completed', `an image (${over.json.error?.code})`, over);
  return over;
}

/** @throws Error where the picture of `text` shows other colours */
export async function lookAt(answer: Answer, text: string): Promise<void> {
  expect(answer.status === 200, 'its picture', answer);
  if (!(await showsColoursOf(text, answer.bytes))) throw new Error(`${text} shows other colours`);
}

/** An address that always answers: until it shows the picture itself, and not what stands in. */
export async function itself(ask: Ask, path: string): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask(path);
    expect(answer.status === 200, path, answer);
    if (answer.headers.get('x-cardpress-source') !== 'fallback') return answer;
    if (Date.now() > deadline) throw new Error(`${path} still shows what stands in`);
    await pause(500);
  }
}

/** A request for the picture of `text`. */
export const colour = (text: string) => ({
  template: 'colour-code',
  data: { ...colourFields(text), note: text },
});
