import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RenderOutput, Round } from '../rounds/round.js';
import type { ContenderOptions } from './contender.js';
import type { Answer, Question } from './contender-process.js';
import type { ProgramName } from './programs.js';

const PROGRAM = fileURLToPath(new URL('./contender-process.js', import.meta.url));
const CLOSE_TIMEOUT_MS = 20_000;

export interface StartedContender {
  pids: number[];
  round(round: Round): Promise<RenderOutput>;
  picture(index: number): Promise<Buffer>;
  close(): Promise<void>;
}

type Body = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

/** One contender in a process of its own. @throws Error with its own words when it cannot start */
export async function startContender(
  name: ProgramName,
  options: ContenderOptions,
): Promise<StartedContender> {
  const child = fork(PROGRAM, [name, JSON.stringify(options)], { serialization: 'advanced' });
  const waiting = new Map<number, { resolve(a: Answer): void; reject(e: Error): void }>();
  let lastId = 0;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values()) {
        reject(new Error(`${name} ended with ${signal ?? code}`));
      }
      resolve();
    });
  });
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('failed' in answer) asked?.reject(new Error(`${name}: ${answer.failed}`));
    else asked?.resolve(answer);
  });
  const answerTo = (id: number) =>
    new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }));
  const ask = (body: Body) => {
    lastId += 1;
    const answer = answerTo(lastId);
    child.send({ ...body, id: lastId });
    return answer;
  };

  const ready = await answerTo(0);
  return {
    pids: 'pids' in ready ? ready.pids : [],
    async round(round) {
      const answer = await ask({ ask: 'round', round });
      if (!('rendered' in answer)) throw new Error(`${name} gave no figures`);
      return answer.rendered;
    },
    async picture(index) {
      const answer = await ask({ ask: 'picture', index });
      if (!('picture' in answer)) throw new Error(`${name} gave no picture`);
      return Buffer.from(answer.picture);
    },
    async close() {
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
      // That is what it ends at.
      if (child.connected) child.disconnect();
      await ended;
      clearTimeout(timer);
    },
  };
}
