import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';
import recheck from 'recheck';

/*
 * No regular expression of the program takes more than linear time on a text that somebody else
 * chooses, unless the text is short: recheck (https://makenowjust-labs.github.io/recheck/) decides
 * it for each, by automata where it can and by search for a slow text where it cannot.
 */

const ROOT = join(import.meta.dirname, '../../..');
/** For one pattern; some 20 ms are usual, and a busy machine must not decide. */
const TIMEOUT_MS = 60_000;

/** Not linear, and harmless for the reason given; `at most` are characters. */
const BOUNDED: Record<string, string> = {
  'src/cli/doctor/browser-checks.ts /\\[err\\]\\s*(.+)$/':
    'what our own Chromium writes at its start',
  'src/http/unsent-bytes.ts /^\\s*\\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]*([0-9A-F]{8}):([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm':
    'what the kernel writes in its table of connections',
  'src/templates/address-check.ts /[\\s,]*([^\\s]+)/y':
    'linear: it is tried where the one before ended, and nowhere else',
  ...Object.fromEntries(
    [
      'compose/sources.ts',
      'config/setting-kinds.ts',
      'http/app.ts',
      'http/routes/docs-routes.ts',
      'http/routes/source-routes.ts',
      'storage/file-store.ts',
      'storage/s3-address.ts',
    ].map((file) => [`src/${file} /\\/+$/`, "an address of the operator's settings"]),
  ),
  'src/http/presenters/present-source.ts /\\/+$/': 'at most 2,000: site_url of schemas/source.ts',
  'src/tables/entry-name.ts /^[\\s.]+|[\\s.]+$/g': 'at most 400',
  ...Object.fromEntries(
    ['slot-rules.ts /url\\(\\s*["\']?[^)]*$/i', "template-lint.ts /Expecting .*?got '(.*?)'/"].map(
      (one) => [`src/templates/${one}`, "the operator's own files, read once"],
    ),
  ),
  ...Object.fromEntries(
    [
      'parse-color.ts /^([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)(%|deg|grad|rad|turn)?$/',
      'parse-color.ts /\\s*,\\s*/',
      'parse-color.ts /^(rgb|hsl)a?\\(\\s*([^()]*?)\\s*\\)$/',
    ].map((one) => [`src/templates/${one}`, 'at most 200: MAX_SHORT_CHARACTERS of read-scalar.ts']),
  ),
};

/** Made of constants of our own; none of a text that came in. */
const COMPOSED = [
  'src/browser/page/font-families.ts',
  'src/http/routes/image-file-routes.ts',
  'src/images/stored-record.ts',
  'src/lib/writing-systems.ts',
  'src/links/dynamic-url.ts',
  'src/links/link-images.ts',
  'src/publishing/page-tags.ts',
  'src/records/redis-facts.ts',
  'src/tables/formula-safe.ts',
  'src/templates/garbled-text.ts',
  'src/templates/parse-address.ts',
];

interface Found {
  file: string;
  source: string;
  flags: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

const literals: Found[] = [];
const composed = new Set<string>();

beforeAll(() => {
  for (const file of ['src', 'workers'].flatMap(filesBelow)) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const waiting: unknown[] = [parseSync(text, { syntax: 'typescript', target: 'es2023' })];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node === null || typeof node !== 'object') continue;
      const { type, pattern, flags, callee } = node as Record<string, unknown>;
      if (type === 'RegExpLiteral') {
        literals.push({ file, source: String(pattern), flags: String(flags) });
      }
      if (type === 'NewExpression' || type === 'CallExpression') {
        if ((callee as { value?: unknown }).value === 'RegExp') composed.add(file);
      }
      waiting.push(...Object.values(node));
    }
  }
});

describe('regular expressions', () => {
  it('take linear time, or only ever see short texts', () => {
    expect(literals.length).toBeGreaterThan(300);
    process.env.RECHECK_BACKEND = 'pure';
    const seen = new Map<string, string>();
    const slow = literals.filter(({ source, flags }) => {
      const key = `/${source}/${flags}`;
      // Neither flag changes how a text is matched, and recheck does not know them.
      const plain = flags.replace(/[dg]/g, '');
      const status =
        seen.get(key) ?? recheck.checkSync(source, plain, { timeout: TIMEOUT_MS }).status;
      seen.set(key, status);
      return status !== 'safe';
    });
    const shown = slow.map(({ file, source, flags }) => `${file} /${source}/${flags}`);
    expect(shown.filter((one) => !BOUNDED[one])).toEqual([]);
    // What was mended leaves the list.
    expect(Object.keys(BOUNDED).filter((one) => !shown.includes(one))).toEqual([]);
  }, 900_000);

  it('are composed at run time only from what is ours', () => {
    expect([...composed].sort()).toEqual(COMPOSED);
  });

  it('would be found out: the control', () => {
    process.env.RECHECK_BACKEND = 'pure';
    expect(recheck.checkSync('^(a+)+$', '', { timeout: TIMEOUT_MS }).status).toBe('vulnerable');
    expect(recheck.checkSync('\\s+$', '', { timeout: TIMEOUT_MS }).status).toBe('vulnerable');
  });
});
