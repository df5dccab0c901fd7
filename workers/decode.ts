import { setPriority } from 'node:os';
import { serveDecoder } from '../src/encode/foreign/serve-decoder.js';

/*
 * A decoder as a process of its own, started by whoever has pictures from outside to look into: it
 * reads files from its input, and writes what it made of them to its output.
 */

/** A third of an ordinary process' share where all are busy: files that take long slow nobody down. */
const NICENESS = 5;

try {
  setPriority(NICENESS);
} catch {
  // It only asks for less; whatever forbids that may have its reasons.
}
serveDecoder(process.stdin, process.stdout, () => {
  // exit() would wait for a thread that decodes.
  process.kill(process.pid, 'SIGKILL');
});
