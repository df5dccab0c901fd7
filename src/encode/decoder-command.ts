import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../config/child-environment.js';

/** What one decoder may take, and for how long. */
export interface DecoderLimits {
  /** Of memory of its own: what it allocates, Node included. */
  maxBytes: number;
  /** Milliseconds of processor time for one picture. */
  cpuMs: number;
  /** Milliseconds that one picture may take by the clock, however busy the machine is. */
  wallMs: number;
  /** Pictures after which it is replaced. */
  maxAssets: number;
}

/** Seconds of processor time after which the system ends a decoder, whatever its parent does. */
const LIFETIME_CPU_S = 120;
const OPEN_FILES = 128;

/**
 * Takes away what a decoder does not need, then becomes it. Each step may fail where a system does
 * not have or allow it, and the others hold without it: core dumps and files that grow, open files,
 * processor time, memory (since Linux 4.7 `-d` counts all private writable memory; `-v` would count
 * the address space that V8 only reserves); first to go when the system runs out of memory; no new
 * privileges; no network.
 */
const LAUNCHER = `
{ ulimit -c 0; ulimit -f 0; ulimit -n "$1"; ulimit -t "$2"; ulimit -d "$3"
echo 1000 > "/proc/$$/oom_score_adj"; } 2>/dev/null
shift 3
if setpriv --no-new-privs true; then set -- setpriv --no-new-privs "$@"; fi 2>/dev/null
if unshare --user --map-current-user --net true; then set -- unshare --user --map-current-user --net "$@"; fi 2>/dev/null
exec "$@"
`;
const SHELL = '/bin/sh';

/** Picture code is native; what JavaScript runs there is ours, and small. */
const NODE_FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=delete',
  '--max-old-space-size=256',
];

/** Beside the compiled code; where this file runs as TypeScript, in what was compiled of it. */
function programPath(): string {
  const beside = fileURLToPath(new URL('../../workers/decode.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/workers/decode.js', import.meta.url));
}

/** How to start a decoder: its command, and the whole of its environment. */
export function decoderCommand({ maxBytes }: Pick<DecoderLimits, 'maxBytes'>) {
  const program = [process.execPath, ...NODE_FLAGS, programPath()];
  const limits = [OPEN_FILES, LIFETIME_CPU_S, Math.floor(maxBytes / 1024)].map(String);
  const [command = '', ...args] = existsSync(SHELL)
    ? [SHELL, '-c', LAUNCHER, 'decoder', ...limits, ...program]
    : program;
  const env: NodeJS.ProcessEnv = {
    ...childEnvironment(),
    // One picture at a time: more threads and more of the allocator's arenas only cost memory.
    UV_THREADPOOL_SIZE: '2',
    MALLOC_ARENA_MAX: '2',
    // glibc: the next picture is decoded into the memory of the last. To give it back and take it
    // anew, page by page, costs a fifth of the time; what has grown too much is replaced anyway.
    MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
    MALLOC_TRIM_THRESHOLD_: String(128 * 1024 * 1024),
  };
  return { command, args, env };
}
