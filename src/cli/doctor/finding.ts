import { type Io, write } from '../command.js';

export interface Finding {
  /** What was looked at, in a word or two. */
  check: string;
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  detail: string;
  /** What to do about it, for whatever is not ok. */
  remedy?: string;
}

const marks: Record<Finding['status'], string> = {
  ok: '✔',
  warning: '!',
  failed: '✖',
  skipped: '–',
};

const NAME_WIDTH = 12;

export function writeFinding(io: Io, { check, status, detail, remedy }: Finding): Promise<void> {
  const indent = ' '.repeat(NAME_WIDTH + 3);
  const [first = '', ...more] = detail.split('\n');
  const lines = [
    `${marks[status]} ${check.padEnd(NAME_WIDTH)} ${first}`,
    ...more.map((line) => `${indent}${line}`),
    ...(remedy ? remedy.split('\n').map((line) => `${indent}→ ${line}`) : []),
  ];
  return write(io.stdout, `${lines.join('\n')}\n`);
}
