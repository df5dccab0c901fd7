import { type ChildProcess, spawn } from 'node:child_process';
import { MAX_OUTPUT_PIXELS } from './asset-limits.js';
import { type DecoderLimits, decoderCommand } from './decoder-command.js';
import { createFrameReader, type Frame, frameParts } from './decoder-frames.js';
import type { DecoderAnswer, DecoderRequest, DecoderUse } from './decoder-protocol.js';
import { processUsage } from './process-usage.js';

/** Why a decoder ended unexpectedly. */
export type DecoderDeath = 'time' | 'memory' | 'crashed' | 'unstartable';

export type Outcome =
  | { answer: DecoderAnswer; body: Buffer }
  | { died: DecoderDeath; detail: string };

export interface DecoderChild {
  /** One request at a time. Never rejects. `onBegun` is called once the decoder has started. */
  ask(request: DecoderRequest, file: Buffer, onBegun?: () => void): Promise<Outcome>;
  /** Its use of resources, as last reported. */
  use(): DecoderUse;
  isAlive(): boolean;
  /** Resolves when the process is gone. */
  end(): Promise<void>;
}

/** No prepared asset is larger than its pixels. */
const MAX_ANSWER_BYTES = MAX_OUTPUT_PIXELS * 4 + 1024 * 1024;
/** Node and libvips start in 0.2 s; a machine that swaps takes longer. */
const START_TIMEOUT_MS = 15_000;
/** How often the resources of a busy decoder are checked. Most are done before the first check. */
const LOOK_INTERVAL_MS = 200;
/** Bytes of its error output that are kept; enough to show the reason. */
const LAST_OUTPUT_BYTES = 2_000;

const OUT_OF_MEMORY = /out of memory|memory allocation|failed to allocate|bad_alloc|heap limit/i;

/**
 * The reason of a process' end. `lastWords` come from an untrusted process and are used for nothing
 * else.
 */
function deathOf(signal: NodeJS.Signals | null, lastOutput: string): DecoderDeath {
  if (signal === 'SIGXCPU') return 'time';
  // Only the system kills it like this, when it has no memory left.
  if (signal === 'SIGKILL' || OUT_OF_MEMORY.test(lastOutput)) return 'memory';
  return 'crashed';
}

function unref(child: ChildProcess, isIdle: boolean): void {
  const parts = [child, child.stdin, child.stdout, child.stderr] as unknown as {
    ref?(): void;
    unref?(): void;
  }[];
  for (const part of parts) {
    if (isIdle) part?.unref?.();
    else part?.ref?.();
  }
}

interface Waiting {
  settle(outcome: Outcome): void;
  /** Called when the decoder has started; its time limit begins. */
  onReady(): void;
}

/** Starts a decoder. It is killed at each of its limits, and its current file fails. */
export function startDecoder(limits: DecoderLimits): DecoderChild {
  const { command, args, env } = decoderCommand(limits);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd: '/' });
  const { pid } = child;
  let isReady = false;
  let isGone = false;
  let killedFor: DecoderDeath | undefined;
  let lastWords = '';
  let use: DecoderUse = { rssBytes: 0, cpuMs: 0 };
  let waiting: Waiting | undefined;
  let resolveGone = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    resolveGone = resolve;
  });

  function kill(reason?: DecoderDeath): void {
    killedFor ??= reason;
    child.kill('SIGKILL');
  }

  function onEnd(signal: NodeJS.Signals | null): void {
    if (isGone) return;
    isGone = true;
    const died = killedFor ?? (isReady ? deathOf(signal, lastWords) : 'unstartable');
    waiting?.settle({ died, detail: lastWords });
    resolveGone();
  }

  function receive({ head, body }: Frame): void {
    const answer = head as DecoderAnswer;
    if (answer.is === 'ready') {
      isReady = true;
      lastWords = '';
      waiting?.onReady();
      return;
    }
    // Otherwise the next file would get this premature answer.
    if (waiting === undefined || !isReady) throw new Error('an answer to nothing');
    const { rssBytes, cpuMs } = answer.use;
    use = { rssBytes: Number(rssBytes), cpuMs: Number(cpuMs) };
    waiting.settle({ answer, body });
  }

  const read = createFrameReader(receive, { maxBodyBytes: MAX_ANSWER_BYTES });
  child.stdout.on('data', (piece: Buffer) => {
    try {
      read(piece);
    } catch {
      kill('crashed');
    }
  });
  child.stderr.on('data', (piece: Buffer) => {
    lastWords = (lastWords + piece.toString('latin1')).slice(-LAST_OUTPUT_BYTES);
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    // A broken pipe needs no handling: the end of the process reports it.
    stream.on('error', () => undefined);
  }
  // 'close' follows 'exit' after all output was read.
  child.once('close', (_code, signal) => onEnd(signal));
  child.once('error', (error) => {
    lastWords = error.message;
    if (child.pid === undefined) onEnd(null);
  });
  unref(child, true);

  async function checkUsage(cpuBefore: number): Promise<void> {
    if (pid === undefined) return;
    const { rssBytes = 0, cpuMs = 0 } = await processUsage(pid);
    if (waiting === undefined) return;
    if (rssBytes > limits.maxBytes) kill('memory');
    else if (cpuMs - cpuBefore > limits.cpuMs) kill('time');
  }

  function ask(request: DecoderRequest, file: Buffer, onBegun?: () => void): Promise<Outcome> {
    return new Promise((resolve) => {
      const cpuBefore = use.cpuMs;
      let clock = setTimeout(() => kill('unstartable'), START_TIMEOUT_MS);
      let looks: NodeJS.Timeout | undefined;
      const settle = (outcome: Outcome) => {
        clearTimeout(clock);
        clearInterval(looks);
        waiting = undefined;
        unref(child, true);
        resolve(outcome);
      };
      const onReady = () => {
        onBegun?.();
        clearTimeout(clock);
        clock = setTimeout(() => kill('time'), limits.wallMs);
        looks = setInterval(() => void checkUsage(cpuBefore), LOOK_INTERVAL_MS);
      };
      waiting = { settle, onReady };
      unref(child, false);
      if (isGone) {
        settle({ died: 'unstartable', detail: lastWords });
        return;
      }
      if (isReady) onReady();
      for (const part of frameParts(request, file)) child.stdin.write(part);
    });
  }

  return {
    ask,
    use: () => use,
    isAlive: () => !isGone && killedFor === undefined && child.exitCode === null,
    async end() {
      if (isGone) return;
      unref(child, false);
      kill();
      await gone;
    },
  };
}
