import { describe, expect, it } from '@jest/globals';
import { loadSettings, SettingsError } from '../../../src/config/settings.js';

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('loadSettings', () => {
  it('needs nothing to be set', () => {
    const settings = loadSettings({});
    expect(settings).toMatchObject({
      role: 'all',
      host: '0.0.0.0',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      redisUrl: undefined,
      metricsPort: undefined,
      queueBoard: 'read-only',
      storage: { kind: 'file' },
      chromiumSandbox: 'auto',
      renderTimeoutMs: 15_000,
      queueLimit: 10_000,
      egressAllow: [],
      logLevel: 'info',
    });
    expect(settings.renderConcurrency).toBeGreaterThanOrEqual(2);
    expect(settings.dataDir).toBe(`${process.cwd()}/data`);
  });

  it('reads an empty setting as one that is not there', () => {
    expect(loadSettings({ PORT: '', REDIS_URL: '', EGRESS_ALLOW: '' })).toEqual(loadSettings({}));
  });

  it('tells every mistake at once, by name, with what was expected', () => {
    const problems = problemsOf({
      PORT: '70000',
      HEALTH_PORT: 'x',
      PUBLIC_URL: 'cards.example.com',
      REDIS_URL: 'localhost:6379',
      STORAGE: 's4',
      S3_FORCE_PATH_STYLE: 'yes',
      API_KEY: 'short',
      SIGNING_SECRET: 'short',
      CHROMIUM_SANDBOX: 'maybe',
      RENDER_CONCURRENCY: '0',
      RENDER_TIMEOUT_MS: '1.5',
      QUEUE_LIMIT: '-1',
      EGRESS_ALLOW: 'https://x.test,10.0.0.1/8,ok.test',
      LOG_LEVEL: 'loud',
      CARDPRESS_ROLE: 'worker',
    });
    const named = problems.map((problem) => problem.split(':')[0]);
    expect(new Set(named)).toEqual(
      new Set([
        'PORT',
        'HEALTH_PORT',
        'PUBLIC_URL',
        'REDIS_URL',
        'STORAGE',
        'S3_FORCE_PATH_STYLE',
        'API_KEY',
        'SIGNING_SECRET',
        'CHROMIUM_SANDBOX',
        'RENDER_CONCURRENCY',
        'RENDER_TIMEOUT_MS',
        'QUEUE_LIMIT',
        'EGRESS_ALLOW',
        'LOG_LEVEL',
        'CARDPRESS_ROLE',
      ]),
    );
    expect(named.filter((name) => name === 'EGRESS_ALLOW')).toHaveLength(2);
    for (const problem of problems) expect(problem).toMatch(/expected/);
    // Whoever reads the log must not read the secret.
    expect(problems.join()).not.toContain('short');
  });

  it('tells what is missing beside what is wrong', () => {
    const problems = problemsOf({ STORAGE: 's3', CARDPRESS_ROLE: 'api', PORT: 'x' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'S3_BUCKET',
      'REDIS_URL',
    ]);
  });

  it('reads S3 as a whole', () => {
    const { storage } = loadSettings({
      STORAGE: 's3',
      S3_BUCKET: 'cards',
      S3_ENDPOINT: 'http://minio:9000/',
      S3_FORCE_PATH_STYLE: '1',
      S3_PUBLIC_URL: 'https://cdn.example.com/cards/',
    });
    expect(storage).toEqual({
      kind: 's3',
      bucket: 'cards',
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      forcePathStyle: true,
      publicUrl: 'https://cdn.example.com/cards',
      checksums: 'when_required',
    });
  });

  it('leaves no slash at the end of the public address', () => {
    expect(loadSettings({ PUBLIC_URL: 'https://cards.example.com//' }).publicUrl).toBe(
      'https://cards.example.com',
    );
  });

  it('wants figures on a port of their own, or on none', () => {
    expect(loadSettings({ METRICS_PORT: '9464' }).metricsPort).toBe(9464);
    expect(loadSettings({ METRICS_PORT: '3001' }).metricsPort).toBe(3001);
    for (const env of [
      { METRICS_PORT: '3000' },
      { METRICS_PORT: '80', PORT: '80' },
      { METRICS_PORT: '3005', HEALTH_PORT: '3005' },
    ]) {
      expect(() => loadSettings(env)).toThrow(/METRICS_PORT: expected another port than/);
    }
  });

  it.each([
    'redis://r:6379',
    'rediss://u:p@r:6380/2',
    'unix:///run/redis.sock',
    'unix://:p%40@/r.sock',
  ])('takes %s as a Redis', (url) => expect(loadSettings({ REDIS_URL: url }).redisUrl).toBe(url));

  it('reads what may be fetched although it is private', () => {
    expect(loadSettings({ EGRESS_ALLOW: 'minio:9000, 10.1.0.0/16' }).egressAllow).toEqual([
      { kind: 'host', host: 'minio', port: 9000 },
      { kind: 'network', address: '10.1.0.0', prefixBits: 16 },
    ]);
  });
});
