import { serveDecoder } from '../src/encode/foreign/serve-decoder.js';

/**
 * A decoder as a process of its own, started by whoever has pictures from outside to look into: it
 * reads files from its input, and writes what it made of them to its output.
 */
serveDecoder(process.stdin, process.stdout, () => {
  // exit() would wait for a thread that decodes.
  process.kill(process.pid, 'SIGKILL');
});
