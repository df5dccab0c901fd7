import { inspect } from 'node:util';
import { SettingsError } from '../config/settings.js';
import { AppError } from '../errors/app-error.js';
import { UsageError } from './command.js';

function lines(error: unknown): string[] {
  if (error instanceof SettingsError) return error.message.split('\n');
  if (error instanceof AppError) {
    const { errors = [] } = error;
    if (error.code !== 'invalid_data') return error.detail.split('\n');
    return [`${error.title}:`, ...errors.map(({ path, message }) => `  ${path}: ${message}`)];
  }
  return [error instanceof Error ? error.message : String(error)];
}

/** An error in plain words. Stack traces and causes only with LOG_LEVEL=debug or trace. */
export function explainError(
  error: unknown,
  command: string | undefined,
  env: Record<string, string | undefined>,
): string {
  const [first = '', ...more] = lines(error);
  const text = [`cardpress: ${first}`, ...more];
  if (error instanceof UsageError) {
    text.push(`Run "cardpress ${command ? `${command} ` : ''}--help" to see how it is used.`);
  }
  if (env.LOG_LEVEL === 'debug' || env.LOG_LEVEL === 'trace') text.push(inspect(error));
  return `${text.join('\n')}\n`;
}
