import { join } from 'node:path';
import { startService } from './compose/service.js';
import { loadSettings, logLevelOf } from './config/settings.js';
import { createLogger } from './observability/logger.js';
import { createMetrics } from './observability/metrics.js';
import { startEmbeddedRedis } from './records/embedded-redis.js';
import { runProcess } from './run-process.js';
import { welcome } from './welcome.js';

/** The API process; with `CARDPRESS_ROLE` unset, the whole service in one process. */
// A person who types `npm start` wants to see the address and the key, not every request.
const logger = createLogger(logLevelOf(process.env, process.stdout.isTTY ? 'warn' : 'info'));
await runProcess(logger, start);

async function start(): Promise<{ stop(): Promise<void> }> {
  const settings = loadSettings(process.env);
  const embedded = settings.redisUrl
    ? undefined
    : await startEmbeddedRedis({
        binary: settings.redisServerPath,
        directory: join(settings.dataDir, 'redis'),
        onExit: (code, willRestart) => {
          if (willRestart) logger.error({ code }, 'redis-server ended and is started again');
        },
      });
  const redisUrl = settings.redisUrl ?? embedded?.url ?? '';
  const service = await startService(settings, redisUrl, { logger, metrics: createMetrics() });
  const { port, apiKey } = service;
  console.log(welcome({ url: settings.publicUrl, port, apiKey, settings }));
  return {
    async stop() {
      await service.stop();
      await embedded?.stop();
    },
  };
}
