import { describe, expect, it } from '@jest/globals';
import { createLogger, type LogLevel } from '../../../src/observability/logger.js';

function collecting(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: createLogger(level, destination) };
}

describe('the logger', () => {
  it('writes JSON with level name, ISO time and the facts', () => {
    const { lines, logger } = collecting('info');
    logger.child({ part: 'http' }).warn({ status: 503 }, 'request');
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        part: 'http',
        status: 503,
        msg: 'request',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = collecting('warn');
    logger.debug({}, 'a');
    logger.info({}, 'b');
    logger.error({}, 'c');
    expect(lines.map(({ msg }) => msg)).toEqual(['c']);
  });

  it('never writes secrets under their usual names', () => {
    const { lines, logger } = collecting('info');
    logger.info({
      authorization: 'Bearer s3cret',
      headers: { authorization: 'Bearer s3cret', cookie: 's3cret' },
      req: { headers: { authorization: 'Bearer s3cret' } },
      settings: { apiKey: 's3cret', signingSecret: 's3cret', webhookSecret: 's3cret' },
      password: 's3cret',
    });
    expect(JSON.stringify(lines)).not.toContain('s3cret');
    expect(lines[0]?.settings).toEqual({
      apiKey: '[redacted]',
      signingSecret: '[redacted]',
      webhookSecret: '[redacted]',
    });
  });

  it('writes an error with its causes', () => {
    const { lines, logger } = collecting('info');
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) });
    expect(lines[0]?.err).toMatchObject({ message: expect.stringContaining('inner') });
  });
});
