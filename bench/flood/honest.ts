import { type Program, pause } from '../service/start-program.js';

/** Own picture, or another in its place. */
export interface Opens {
  asked: number;
  first: number;
  second: number;
  never: number;
  ms: number[];
}

/** Somebody whose picture was not there opens the mail once more. */
const SECOND_OPEN_MS = 3_000;

export const noOpens = (): Opens => ({ asked: 0, first: 0, second: 0, never: 0, ms: [] });

async function isOwn(url: string, address: string): Promise<boolean> {
  const answer = await fetch(url, { headers: { 'X-Forwarded-For': address } });
  await answer.arrayBuffer();
  return ['rendered', 'stored'].includes(answer.headers.get('x-cardpress-source') ?? '');
}

/** One reader opens an address, and again where he was shown another picture. */
export async function open(url: string, address: string, opens: Opens): Promise<void> {
  opens.asked += 1;
  const startedAt = performance.now();
  const first = await isOwn(url, address).catch(() => false);
  opens.ms.push(performance.now() - startedAt);
  if (first) {
    opens.first += 1;
    return;
  }
  await pause(SECOND_OPEN_MS);
  if (await isOwn(url, address).catch(() => false)) opens.second += 1;
  else opens.never += 1;
}

export async function post<T>(service: Program, path: string, body: object): Promise<T> {
  const { url, headers } = service;
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** One call with a key that waits for its picture. Returns its milliseconds. */
export async function keyedCall(service: Program, title: string): Promise<number> {
  const startedAt = performance.now();
  const image = await post<{ status: string }>(service, '/v1/images', {
    ...{ template: 'generic', data: { title }, wait: 30 },
  });
  if (image.status !== 'completed') throw new Error(`a keyed call is ${image.status}`);
  return performance.now() - startedAt;
}

/** Until `untilMs`, one after the other: at most every `everyMs`. */
export async function keepAsking(
  untilMs: number,
  everyMs: number,
  ask: (n: number) => Promise<unknown>,
): Promise<void> {
  for (let n = 0; performance.now() < untilMs; n += 1) {
    const next = performance.now() + everyMs;
    await ask(n);
    await pause(Math.max(0, next - performance.now()));
  }
}
