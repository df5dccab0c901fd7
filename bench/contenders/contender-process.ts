import { type RenderOutput, type Round, runRound } from '../rounds/round.js';
import type { ContenderOptions } from './contender.js';
import { type ProgramName, programs } from './programs.js';

/*
 * The process of one contender: `start-contender.ts` starts it and asks. Apart from each other,
 * none can slow another's event loop, and the time and memory of each is its own.
 */

export type Question =
  | { id: number; ask: 'round'; round: Round }
  | { id: number; ask: 'picture'; index: number };
export type Answer =
  | { id: number; pids: number[] }
  | { id: number; rendered: RenderOutput }
  | { id: number; picture: Uint8Array }
  | { id: number; failed: string };

const [name = '', options = '{}'] = process.argv.slice(2);
const tell = (said: Answer) => process.send?.(said);
const contender = await programs[name as ProgramName](JSON.parse(options) as ContenderOptions);

async function answer(question: Question): Promise<Answer> {
  const { id } = question;
  try {
    return question.ask === 'round'
      ? { id, rendered: await runRound(contender, question.round) }
      : { id, picture: await contender.picture(question.index) };
  } catch (error) {
    return { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (question: Question) => {
  void answer(question).then(tell);
});
// Whoever asked has had enough, or is gone: nothing must be left behind.
process.on('disconnect', () => {
  void contender.close().finally(() => process.exit());
});
tell({ id: 0, pids: contender.pids });
