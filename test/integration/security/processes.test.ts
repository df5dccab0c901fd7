import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { descendantsOf } from '../../../bench/soak/process-facts.js';
import { environmentSchema } from '../../../src/config/settings.js';
import { composeService } from '../../support/docs/compose-file.js';
import { generatedSection } from '../../support/docs/generated-section.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { E2E_TEMPLATES, SERVICE_KEY } from '../../support/service-environment.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';

/*
 * Which process holds which secret, and which one touches foreign bytes: seen from outside, on real
 * processes, and held against what docs/security.md says.
 */

/** Credentials of the object store are read by its client, which is not ours. */
const SECRET_NAMES = [
  ...Object.keys(environmentSchema.shape).filter((name) => /(_KEY|_SECRET)$/.test(name)),
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
];
const canary = (name: string) => `canary-of-${name.toLowerCase().replaceAll('_', '-')}`;
/** In the service's own environment, in a form that it takes. */
const GIVEN = {
  SIGNING_SECRET: canary('SIGNING_SECRET'),
  WEBHOOK_SECRET: canary('WEBHOOK_SECRET'),
  AWS_ACCESS_KEY_ID: canary('AWS_ACCESS_KEY_ID'),
  AWS_SECRET_ACCESS_KEY: canary('AWS_SECRET_ACCESS_KEY'),
  URL_SIGNING_KEY: 'ca'.repeat(32),
};
const SECRETS = [SERVICE_KEY, ...Object.values(GIVEN)];

const isBrowser = (command: string) => /chrom|headless/.test(command);
const isRedis = (command: string) => command.includes('redis-server');
const environmentOf = (pid: number) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
const heldBy = async (pid: number) => {
  const environment = await environmentOf(pid);
  return SECRETS.filter((secret) => environment.includes(secret));
};

describe('what a process starts for foreign bytes', () => {
  let folder: string;
  let service: ServiceProcess;
  const draw = async (photo: string) => {
    const { json } = await service.api('/v1/images', {
      body: { template: 'note', data: { title: photo.slice(0, 40), logo: photo }, wait: 30 },
    });
    expect([json.status, json.warnings]).toEqual(['completed', []]);
  };
  const children = async () =>
    (await descendantsOf(service.pid)).filter(
      ({ command, state }) => state !== 'Z' && !isRedis(command),
    );
  const decoders = async () => (await children()).filter(({ command }) => !isBrowser(command));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cp-processes-'));
    service = await startServiceProcess({
      program: 'service',
      env: { ...GIVEN, DATA_DIR: folder, TEMPLATES_DIR: E2E_TEMPLATES },
    });
  });
  afterAll(async () => {
    await service?.signal('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  it('decodes each kind in the process that docs/security.md names', async () => {
    const page = await readFile(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const png = await sharp({
      create: { width: 400, height: 300, channels: 3, background: '#c20' },
    })
      .png()
      .toBuffer();
    expect(await decoders()).toEqual([]);
    await draw(`data:image/png;base64,${png.toString('base64')}`);
    expect((await decoders()).length).toBeGreaterThan(0);
    await draw(
      'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect width="90" height="90"/></svg>',
    );
    expect(page.replaceAll(/\s+/g, ' ')).toContain(
      'All of them are decoded by libvips, and SVG drawn by librsvg, in child processes without secrets. Chromium sees a file as it came only where it is a PNG, JPEG or WebP that needs no change, and a decoder has read it to its end.',
    );
  });

  it('gives none of its secrets to browsers and decoders', async () => {
    const all = await children();
    expect(all.some(({ command }) => isBrowser(command))).toBe(true);
    // The control: an environment can be read, and holds them where it may.
    expect((await heldBy(service.pid)).sort()).toEqual([...SECRETS].sort());
    const held = await Promise.all(
      all.map(async ({ pid, command }) => [command.slice(0, 60), await heldBy(pid)] as const),
    );
    expect(held.filter(([, secrets]) => secrets.length > 0)).toEqual([]);
  });
});

describe('the three processes of docker-compose.yml', () => {
  const ROLES = [
    { name: 'api', program: 'service', env: { CARDPRESS_ROLE: 'api' } },
    { name: 'render', program: 'worker', env: {} },
    { name: 'deliver', program: 'deliver', env: {} },
  ] as const;
  let redis: RedisServer;
  /** Names of the secrets that each makes for itself at its first start, and so reads. */
  const made = new Map<string, string[]>();

  beforeAll(async () => {
    redis = await startRedis();
    await Promise.all(
      ROLES.map(async ({ name, program, env }) => {
        const folder = await mkdtemp(join(tmpdir(), `cp-${name}-`));
        const started = await startServiceProcess({
          program,
          env: {
            // An empty one counts as unset.
            ...{ ...env, API_KEY: '', SIGNING_SECRET: '' },
            ...{ DATA_DIR: folder, REDIS_URL: `unix://${redis.socketPath}` },
          },
        });
        made.set(name, (await readdir(join(folder, 'secrets')).catch(() => [])).sort());
        await started.signal('SIGTERM');
        await rm(folder, { recursive: true, force: true });
      }),
    );
  });
  afterAll(async () => {
    await redis?.stop();
  });

  const given = (name: string) =>
    composeService(name).environment.filter((variable) => SECRET_NAMES.includes(variable));
  const inWords = (names: string[]) =>
    names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ');

  it('are given secrets that they use, and no others', () => {
    for (const { name } of ROLES) {
      const needed = (made.get(name) ?? []).map((file) => file.toUpperCase().replaceAll('-', '_'));
      const store = composeService(name).environment.includes('STORAGE')
        ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
        : [];
      const beyond = given(name).filter((one) => ![...needed, ...store].includes(one));
      expect([name, beyond]).toEqual([name, []]);
    }
    expect(made.get('render')).toEqual([]);
  });

  it('hold what docs/security.md says', async () => {
    const rows = ROLES.map(
      ({ name }) => `| \`${name}\` | ${inWords(given(name))} | ${inWords(made.get(name) ?? [])} |`,
    );
    const table = [
      '| process | secrets in its environment | secrets in its data folder |',
      '|---|---|---|',
      ...rows,
      '| Chromium, child of `render`; decoders, children of `render` and `api` | none | none |',
    ].join('\n');
    const { actual, expected } = await generatedSection('security.md', 'processes', table);
    expect(actual).toBe(expected);
  });
});
