import { inspect } from 'node:util';
import type { Logger } from '../observability/logger.js';
import { type Io, write } from './command.js';

const order = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * The services' logger for a person at a terminal: sentences on stderr, from `warn` on unless
 * LOG_LEVEL says otherwise; facts only with `debug`. Each sentence is told once.
 */
export function createTerminalLogger(io: Pick<Io, 'stderr' | 'env'>): Logger {
  const wanted = order.indexOf(io.env.LOG_LEVEL ?? '');
  // `info` is the services' own default in many environments; here nobody asked for it.
  const threshold = wanted === -1 || wanted === order.indexOf('info') ? 3 : wanted;
  const told = new Set<string>();

  const logAt = (level: string, prefix: string) => (facts: object, message?: string) => {
    if (order.indexOf(level) < threshold) return;
    const detail = threshold <= order.indexOf('debug') ? ` ${inspect(facts)}` : '';
    const line = `cardpress: ${prefix}${message ?? ''}${detail}\n`;
    if (told.has(line)) return;
    told.add(line);
    write(io.stderr, line).catch(() => undefined);
  };

  const logger: Logger = {
    debug: logAt('debug', ''),
    info: logAt('info', ''),
    warn: logAt('warn', 'warning: '),
    error: logAt('error', ''),
    child: () => logger,
  };
  return logger;
}
