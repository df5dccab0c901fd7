import type { Readable, Writable } from 'node:stream';

/** The world of one call: the real one in main.ts, a captured one in tests. */
export interface Io {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  env: Record<string, string | undefined>;
  /** Aborted by the first Ctrl-C: finish what must be finished and return. */
  signal: AbortSignal;
}

export interface OptionSpec {
  type: 'string' | 'boolean';
  /** What stands for the value in the help: `file`, `n`. */
  value?: string;
  /** May be given several times. */
  multiple?: true;
  doc: string;
}

type OptionSpecs = Record<string, OptionSpec>;

type Values<O extends OptionSpecs> = {
  [K in keyof O]: O[K]['type'] extends 'boolean'
    ? boolean
    : O[K] extends { multiple: true }
      ? string[]
      : string | undefined;
};

export interface Given<O extends OptionSpecs = OptionSpecs> {
  positionals: string[];
  values: Values<O>;
}

/** 0: done. 1: it did not work, and stderr says why. 2 is for calls that make no sense. */
export type ExitCode = 0 | 1;

interface CommandSpec<O extends OptionSpecs> {
  name: string;
  /** One line for the overview. */
  summary: string;
  /** Lines without `cardpress` before them. */
  usage: string[];
  /** Paragraphs for the command's own help and docs/cli.md; lines of at most 100 characters. */
  description: string;
  options: O;
  examples: { line: string; does: string }[];
  /** @throws UsageError for a call that makes no sense; any other error for what did not work */
  run(given: Given<O>, io: Io): Promise<ExitCode>;
}

export type Command = CommandSpec<OptionSpecs>;

/** Types `given` by the options; what the table holds has forgotten them. */
export function defineCommand<const O extends OptionSpecs>(spec: CommandSpec<O>): Command {
  return spec as unknown as Command;
}

/** A call that makes no sense. The message is one line with the remedy. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Resolves when it is written, so that nobody ends the process before. */
export function write(stream: Writable, content: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(content, (error) => (error ? reject(error) : resolve()));
  });
}
