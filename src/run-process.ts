import type { Server } from 'node:http';
import { SettingsError } from './config/settings.js';
import type { Logger } from './observability/logger.js';

/** What a process gives back when it ends. Kubernetes and Docker kill after 30 s by default. */
export const DRAIN_TIMEOUT_MS = 25_000;

export async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/**
 * From now on each answer is the last on its connection, so that callers who keep theirs open go
 * elsewhere by themselves instead of meeting a closed door in the middle of a question.
 */
export function sayGoodbye(server: Server): void {
  server.prependListener('request', (_req, res) => {
    res.setHeader('Connection', 'close');
  });
}

/** For answers under way; what takes longer is cut off, so that the rest can stop in order. */
export const CLOSE_TIMEOUT_MS = 10_000;
const IDLE_SWEEP_MS = 50;

/** Stops taking connections; resolves when the open ones have their answers. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Again and again: a connection that is kept alive falls idle only with its last answer.
  const sweeper = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
  await closed;
  clearInterval(sweeper);
  clearTimeout(timer);
}

/**
 * Runs a process until SIGTERM or SIGINT, then `stop`, then exit code 0. A second signal, or a
 * stop that takes too long, ends it at once. Wrong settings are printed plainly.
 */
export async function runProcess(
  logger: Logger,
  start: () => Promise<{ stop(): Promise<void> }>,
): Promise<void> {
  process.on('unhandledRejection', (error) => {
    logger.error({ err: error }, 'a promise was rejected and nobody looked');
  });
  let running: { stop(): Promise<void> };
  try {
    running = await start();
  } catch (error) {
    if (error instanceof SettingsError) console.error(error.message);
    else console.error(`Cardpress could not start: ${(error as Error).message}`);
    logger.debug({ err: error }, 'start failed');
    process.exit(1);
  }
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(1);
    ending = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), DRAIN_TIMEOUT_MS + 4_000).unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
