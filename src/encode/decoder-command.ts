import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../config/child-environment.js';

/** Limits of one decoder. */
export interface DecoderLimits {
  /** Private memory: its allocations, including Node's. */
  maxBytes: number;
  /** Milliseconds of processor time for one asset. */
  cpuMs: number;
  /** Milliseconds of clock time for one asset, however busy the machine is. */
  wallMs: number;
  /** Assets after which it is replaced. */
  maxAssets: number;
}

/** Seconds of processor time after which the system kills a decoder, whatever its parent does. */
const LIFETIME_CPU_S = 120;
const OPEN_FILES = 128;

/**
 * Removes privileges that a decoder does not need, then runs it. Each step may fail on systems
 * without it or where it is not allowed; the other steps hold without it: core dumps and file size,
 * open files, processor time, memory (since Linux 4.7 `-d` counts all private writable memory; `-v`
 * would count the address space that V8 only reserves); first to be killed when the system runs out
 * of memory; no new privileges; no network.
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

/** Image code is native; the JavaScript that runs there is ours, and small. */
const NODE_FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=delete',
  '--max-old-space-size=256',
];

/** Next to the compiled code; if this file runs as TypeScript, in the compiled output. */
function programPath(): string {
  const beside = fileURLToPath(new URL('../../workers/decode.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/workers/decode.js', import.meta.url));
}

/** The command that starts a decoder, and its complete environment. */
export function decoderCommand({ maxBytes }: Pick<DecoderLimits, 'maxBytes'>) {
  const program = [process.execPath, ...NODE_FLAGS, programPath()];
  const limits = [OPEN_FILES, LIFETIME_CPU_S, Math.floor(maxBytes / 1024)].map(String);
  const [command = '', ...args] = existsSync(SHELL)
    ? [SHELL, '-c', LAUNCHER, 'decoder', ...limits, ...program]
    : program;
  const env: NodeJS.ProcessEnv = {
    ...childEnvironment(),
    // One asset at a time: more threads and allocator arenas only cost memory.
    UV_THREADPOOL_SIZE: '2',
    MALLOC_ARENA_MAX: '2',
    // glibc: the next asset is decoded into the memory of the last one. Returning and requesting
    // memory page by page costs a fifth of the time; a decoder that has grown too much is replaced
    // anyway.
    MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
    MALLOC_TRIM_THRESHOLD_: String(128 * 1024 * 1024),
  };
  return { command, args, env };
}
