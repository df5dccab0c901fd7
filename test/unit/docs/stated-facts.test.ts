import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeCorpus, type Seed } from '../../../bench/fuzz/corpus.js';
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_REDIRECTS } from '../../../src/assets/guarded-fetch.js';
import { environmentSchema } from '../../../src/config/settings.js';
import { ACCEPTED, MAX_INPUT_PIXELS, MAX_SVG_BYTES } from '../../../src/encode/asset-limits.js';
import { sniffAsset } from '../../../src/encode/sniff-asset.js';
import { TOLERANCE_MS } from '../../../src/publishing/verify-sender.js';
import { RENDER_JOB } from '../../../src/queue/render-jobs.js';
import { fieldTypeNames, fieldTypes } from '../../../src/templates/field-types/field-types.js';
import { BODY_LIMITS, DERIVE_LIMITS, MAPPING_LIMITS } from '../../../src/templates/work-budget.js';
import { composeService } from '../../support/docs/compose-file.js';
import { constantIn } from '../../support/docs/constant-in.js';
import { publicRoutes, withoutParameters } from '../../support/docs/public-routes.js';

/*
 * What pages state and code decides. Each sentence is made here from the code's own values, and the
 * page must hold it: where the code changes, the test tells the page and the sentence it must have.
 */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');
/** Pages are wrapped at will. */
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
const MEGABYTE = 1024 * 1024;
const megabytes = (bytes: number) => `${bytes / MEGABYTE} MB`;
const words = [
  'none',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
];
const inWords = (count: number) => words[count] ?? String(count);
const thousands = (count: number) => count.toLocaleString('en-US');
const kinds = ACCEPTED.replace('Accepted are ', '').replace(/\.$/, '');
const setting = (name: 'BATCH_MAX_ROWS' | 'BATCH_RETENTION_DAYS') =>
  Number(environmentSchema.shape[name].parse(undefined));
const failedJobs = RENDER_JOB.removeOnFail as { age: number; count: number };
const decoders = read('src/encode/decoder-pool.ts');
const decoderLimit = (name: string, unit: string) =>
  Number(
    new RegExp(`\\b${name}: ([\\d_]+)${unit},`).exec(decoders)?.[1]?.replaceAll('_', '') ??
      Number.NaN,
  );
const DECODER_LIMITS = `at ${decoderLimit('maxBytes', ' \\* MEGABYTE')} MB, ${decoderLimit('cpuMs', '') / 1_000} s of processor time or ${decoderLimit('wallMs', '') / 1_000} s by the clock it is ended`;
const WEBHOOK_TOLERANCE_S = Number(
  /toleranceSeconds = (\d+)/.exec(read('clients/js/src/verify-webhook.ts'))?.[1],
);

const varying = fieldTypeNames.filter((name) => fieldTypes[name].mayVary !== false);

const STATED: [page: string, sentence: string][] = [
  [
    'docs/email.md',
    `Only fields of the types ${varying.slice(0, -1).join(', ')} and ${varying.at(-1)} may vary:`,
  ],
  [
    'docs/security.md',
    `What is taken is ${kinds}, told apart by their first bytes; at most ${megabytes(DEFAULT_MAX_BYTES)} and ${MAX_INPUT_PIXELS / 1e6} megapixels each, SVG at most ${megabytes(MAX_SVG_BYTES)}.`,
  ],
  [
    'docs/security.md',
    `types by content, ${megabytes(DEFAULT_MAX_BYTES)}, ${MAX_INPUT_PIXELS / 1e6} megapixels, one frame, a JPEG of ${constantIn('src/encode/foreign/check-structure.ts', 'MAX_SCANS')} scans at most`,
  ],
  [
    'docs/templates.md',
    `A body has a budget of work and may put out ${thousands(BODY_LIMITS.output)} characters`,
  ],
  ['docs/templates.md', `share a budget of work and ${thousands(DERIVE_LIMITS.output)} characters`],
  [
    'docs/publishing/README.md',
    `a budget of work and of text (${thousands(MAPPING_LIMITS.output)} characters)`,
  ],
  ['docs/security.md', DECODER_LIMITS],
  ['docs/operations.md', DECODER_LIMITS],
  [
    'docs/security.md',
    `each step is judged anew, ${inWords(DEFAULT_MAX_REDIRECTS)} at most; webhooks follow none`,
  ],
  [
    'docs/webhooks.md',
    `Refuse a timestamp more than ${inWords(WEBHOOK_TOLERANCE_S / 60)} minutes away from your clock.`,
  ],
  [
    'docs/publishing/README.md',
    `Where the time is signed, a request is heard for ${inWords(TOLERANCE_MS / 60_000)} minutes.`,
  ],
  [
    'docs/batches.md',
    `**Limits**: ${megabytes(constantIn('src/compose/batches.ts', 'MAX_UPLOAD_BYTES'))} and \`BATCH_MAX_ROWS\` (${thousands(setting('BATCH_MAX_ROWS'))}) rows.`,
  ],
  [
    'docs/batches.md',
    `JSON goes too, up to ${megabytes(constantIn('src/compose/batches.ts', 'MAX_JSON_BYTES'))}:`,
  ],
  [
    'docs/batches.md',
    `is kept for \`BATCH_RETENTION_DAYS\` (${setting('BATCH_RETENTION_DAYS')}) after its end`,
  ],
  [
    'docs/settings.md',
    `done ones leave at once; failed ones stay ${failedJobs.age / 86_400} days, at most ${thousands(failedJobs.count)}`,
  ],
];

describe('what pages state', () => {
  it.each(STATED)('%s: %s', (page, sentence) => {
    expect(flat(read(page))).toContain(sentence);
  });
});

describe('kinds of pictures', () => {
  let corpus: Seed[];
  beforeAll(async () => {
    corpus = await makeCorpus();
  });

  it('are those that are taken by their first bytes, and no others', () => {
    const named = kinds.split(/, | and /).map((kind) => kind.toLowerCase());
    expect([...new Set(corpus.map(({ kind }) => kind))].sort()).toEqual(named.sort());
    for (const { kind, bytes } of corpus) expect([kind, sniffAsset(bytes)]).toEqual([kind, kind]);
  });

  it.each([
    ['HEIC', '0000001866747970686569630000000068656963'],
    ['BMP', '424d3a000000000000003600000028000000'],
    ['an icon', '00000100010010100000010020006804'],
    ['PDF', '255044462d312e370a25e2e3cfd30a'],
    ['JPEG XL', 'ff0a0000000000000000'],
    ['Photoshop', '384250530001000000000000000300'],
    ['OpenEXR', '762f31010200000000000000'],
    ['Radiance', '233f52414449414e43450a0a'],
    ['JPEG 2000', '0000000c6a5020200d0a870a'],
    ['MATLAB', '4d41544c414220352e30204d41542d66696c65'],
  ])('do not include %s', (_name, hex) => {
    expect(() => sniffAsset(Buffer.from(hex, 'hex'))).toThrow();
  });
});

describe('routes that ask for no key', () => {
  const section = flat(
    read('docs/security.md').split('- **TLS, and who may reach what.**')[1] ?? '',
  );
  const named = (sentence: RegExp) =>
    [...(sentence.exec(section)?.[1] ?? '').matchAll(/`(\/[\w./]+)`/g)].map(
      ([, path = '']) => path,
    );
  const forAll = named(/only (.*?) are meant for everybody/);
  const inside = named(/Keep (.*?) and the workers' health ports inside/);
  const described = named(/caching\.md\) does\. (.*?) describe the API/);

  it('are all named, and no others', () => {
    const routes = publicRoutes().map(withoutParameters);
    // The control: the reading of routes finds what is there.
    expect(routes).toContain('/images');
    const told = [...forAll, ...inside, ...described].filter((path) => path !== '/admin/queues');
    expect([...new Set(routes)].sort()).toEqual([...new Set(told)].sort());
  });

  it('are kept inside by the nginx recipe where the page says so', () => {
    const recipe = read('deploy/nginx/cardpress.conf').replaceAll(/^ *#.*$/gm, '');
    const locations = [...recipe.matchAll(/location ([^{]+) \{([^}]*)\}/g)];
    const passing = locations
      .filter(([, , body = '']) => body.includes('proxy_pass'))
      .map(([, matcher = '']) => matcher);
    const patterns = passing.map((matcher) => new RegExp(matcher.replace(/^~ "?|"$/g, '')));
    const passes = (path: string) => patterns.some((pattern) => pattern.test(path));
    // The recipe lists what passes, by patterns alone, and refuses the rest.
    expect(passing.filter((matcher) => !matcher.startsWith('~ '))).toEqual([]);
    expect(recipe).toMatch(/location \/ \{\s*return 404;\s*\}/);
    for (const path of forAll) expect([path, passes(`${path}/x`)]).toEqual([path, true]);
    for (const path of described) expect([path, passes(path)]).toEqual([path, true]);
    expect(inside.length).toBeGreaterThan(3);
    for (const path of inside) expect([path, passes(path)]).toEqual([path, false]);
  });
});

describe('what SECURITY.md says of docker-compose.yml', () => {
  it('names settings that are there', () => {
    const page = flat(read('SECURITY.md'));
    expect(page).toContain(
      'no capabilities, `no-new-privileges`, a read-only root and `deploy/seccomp-chromium.json`',
    );
    for (const name of ['api', 'render', 'deliver']) {
      const lines = composeService(name).lines.map((line) => line.trim());
      expect(lines).toContain('cap_drop: [ALL]');
      expect(lines).toContain('read_only: true');
      expect(lines.join(' ')).toContain('no-new-privileges:true');
    }
    expect(composeService('render').lines.join(' ')).toContain(
      'seccomp=deploy/seccomp-chromium.json',
    );
  });
});

describe('headers that caching.md names with their value', () => {
  const table =
    read('docs/caching.md').split('Every picture also comes with')[1]?.split('\n\n')[1] ?? '';
  const stated = [...table.matchAll(/`([A-Z][\w-]+): ([^`]+)`/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );

  it('are several', () => expect(stated.length).toBeGreaterThan(4));

  it.each(stated)('%s: %s is sent with pictures', (name, value) => {
    expect(read('src/http/send-image.ts')).toContain(`setHeader('${name}', '${value}')`);
  });
});
