import { describe, expect, it } from '@jest/globals';
import { makeWebhookSecret, parseWebhookSecrets } from '../../../src/config/secrets.js';
import { loadSettings, SettingsError } from '../../../src/config/settings.js';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const PLAIN = 'sixteen-or-more-characters';

describe('WEBHOOK_SECRET', () => {
  it('holds one or several, newest first', () => {
    expect(parseWebhookSecrets(SECRET)).toEqual([SECRET]);
    expect(parseWebhookSecrets(` ${SECRET} , ${PLAIN},`)).toEqual([SECRET, PLAIN]);
    expect(loadSettings({ WEBHOOK_SECRET: `${SECRET},${PLAIN}` }).webhookSecrets).toEqual([
      SECRET,
      PLAIN,
    ]);
    expect(loadSettings({}).webhookSecrets).toBeUndefined();
  });

  it('is made as Standard Webhooks has it', () => {
    const made = makeWebhookSecret();
    expect(parseWebhookSecrets(made)).toEqual([made]);
    expect(Buffer.from(made.slice(6), 'base64')).toHaveLength(32);
    expect(makeWebhookSecret()).not.toBe(made);
  });

  it.each([
    [Array(6).fill(SECRET).join(), /1 to 5 secrets/],
    ['whsec_c2hvcnQ=', /24 to 64 bytes/],
    ['whsec_this is not base64 of anything at all', /24 to 64 bytes/],
    [`${SECRET}!`, /24 to 64 bytes/],
    ['tooshort', /at least 16 characters/],
    ['sixteen or more, but with spaces', /without spaces/],
    ['sechzehn-oder-mehr-zeichen-mit-ß', /plain ASCII/],
  ])('refuses %s by name, without telling it', (text, expected) => {
    try {
      loadSettings({ WEBHOOK_SECRET: text });
      throw new Error('it was taken');
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      const [problem, ...more] = (error as SettingsError).problems;
      expect(problem).toMatch(/^WEBHOOK_SECRET: expected/);
      expect(problem).toMatch(expected);
      expect(problem).not.toContain(text);
      expect(more).toEqual([]);
    }
  });

  it('refuses a list of nothing', () => {
    expect(() => parseWebhookSecrets(' , ,')).toThrow('expected 1 to 5 secrets');
  });

  it('goes with how long deliveries are kept', () => {
    expect(loadSettings({}).webhookRetentionDays).toBe(30);
    expect(loadSettings({ WEBHOOK_RETENTION_DAYS: '2' }).webhookRetentionDays).toBe(2);
    expect(() => loadSettings({ WEBHOOK_RETENTION_DAYS: '1' })).toThrow('from 2 to 365');
  });
});
