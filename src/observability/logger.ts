import { type DestinationStream, pino, stdTimeFunctions } from 'pino';

/** What the rest of the system knows of logging: one object of facts, one sentence. */
export interface Logger {
  debug(facts: object, message?: string): void;
  info(facts: object, message?: string): void;
  warn(facts: object, message?: string): void;
  error(facts: object, message?: string): void;
  /** A logger that adds `facts` to every line. */
  child(facts: Record<string, unknown>): Logger;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names under which a secret could get into a line, at the top or one level down. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'apiKey',
  'api_key',
  'secret',
  'signingSecret',
  'signing_secret',
  'webhookSecret',
  'webhook_secret',
  'password',
  'token',
  'secretAccessKey',
];

const redact = {
  paths: [...SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), 'req.headers.authorization'],
  censor: '[redacted]',
};

/**
 * JSON lines on stdout (or `destination`), with ISO 8601 times and level names. Secrets under a
 * known name are replaced; that is the last net, not a licence to log them.
 */
export function createLogger(level: LogLevel = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact,
  };
  return destination ? pino(options, destination) : pino(options);
}
