import { type DestinationStream, pino, stdSerializers, stdTimeFunctions } from 'pino';

/** The logging interface for all other parts: an object of facts and a sentence. */
export interface Logger {
  debug(facts: object, message?: string): void;
  info(facts: object, message?: string): void;
  warn(facts: object, message?: string): void;
  error(facts: object, message?: string): void;
  /** A logger that adds `facts` to every line. */
  child(facts: Record<string, unknown>): Logger;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names under which a secret could be logged, at the top or one level down. */
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
 * Properties of errors that are logged. Other properties often contain the data that a library
 * worked on, which may be personal.
 */
const ERROR_FACTS = ['type', 'message', 'stack', 'code', 'errno', 'syscall', 'status'];
/** Bounds the recursion, because an error may contain itself. */
const MAX_ERROR_DEPTH = 3;

/**
 * An error with the messages and stacks of its causes. A Redis error contains its command with all
 * values, a parser's error the whole body: only the command's name is kept.
 */
function errorFacts(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const written = stdSerializers.err(thrown) as unknown as Record<string, unknown>;
  const kept = Object.fromEntries(
    ERROR_FACTS.filter((name) => written[name] !== undefined).map((name) => [name, written[name]]),
  );
  const { name } = (written.command ?? {}) as { name?: unknown };
  const errors = thrown instanceof AggregateError && depth < MAX_ERROR_DEPTH ? thrown.errors : [];
  return {
    ...kept,
    ...(typeof name === 'string' ? { command: name } : {}),
    ...(errors.length > 0 ? { errors: errors.map((one) => errorFacts(one, depth + 1)) } : {}),
  };
}

/**
 * JSON lines on stdout (or `destination`), with ISO 8601 times and level names. Secrets under known
 * names are replaced; this is a last safeguard, secrets must not be logged at all.
 */
export function createLogger(level: LogLevel = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact,
    serializers: { err: (thrown: unknown) => errorFacts(thrown) },
  };
  return destination ? pino(options, destination) : pino(options);
}
