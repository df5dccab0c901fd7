import { Readable, Writable } from 'node:stream';
import type { Command } from '../../../src/cli/command.js';
import { commands } from '../../../src/cli/commands.js';
import { runCli } from '../../../src/cli/run-cli.js';

export interface CliResult {
  code: number;
  stdout: string;
  stdoutBytes: Buffer;
  stderr: string;
}

export interface CallOptions {
  env?: Record<string, string | undefined>;
  stdin?: string;
  signal?: AbortSignal;
  isTTY?: boolean;
  commands?: Command[];
}

function createSink(isTTY: boolean) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY }), bytes: () => Buffer.concat(chunks) };
}

/** Calls the command line in this process, with an environment of its own. */
export async function callCli(args: string[], options: CallOptions = {}): Promise<CliResult> {
  const out = createSink(options.isTTY ?? false);
  const err = createSink(options.isTTY ?? false);
  const io = {
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout: out.stream,
    stderr: err.stream,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await runCli(args, io, options.commands ?? commands);
  return {
    code,
    stdout: out.bytes().toString(),
    stdoutBytes: out.bytes(),
    stderr: err.bytes().toString(),
  };
}
