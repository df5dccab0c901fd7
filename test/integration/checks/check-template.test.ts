import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CheckedCase, CheckReport } from '../../../src/checks/check-report.js';
import type { TemplateCheck } from '../../../src/checks/check-template.js';
import { composeLocalDrawing } from '../../../src/compose/drawing.js';
import { composeTemplateCheck } from '../../../src/compose/template-check.js';
import { loadSettings } from '../../../src/config/settings.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { chromiumPath } from '../../support/chromium-path.js';

const TEMPLATES = fileURLToPath(new URL('../../support/templates-broken', import.meta.url));

let drawing: Awaited<ReturnType<typeof composeLocalDrawing>>;
let check: TemplateCheck;
const drawn: string[] = [];

beforeAll(async () => {
  const settings = loadSettings({
    TEMPLATES_DIR: TEMPLATES,
    CHROMIUM_PATH: await chromiumPath(),
    RENDER_CONCURRENCY: '2',
  });
  drawing = await composeLocalDrawing(settings, {
    logger: createLogger('silent'),
    metrics: createMetrics(),
  });
  check = composeTemplateCheck(
    drawing.registry,
    async (spec, signal) => {
      drawn.push(spec.size.name);
      const { encoded, warnings } = await drawing.draw(spec, signal);
      return { ...encoded, warnings };
    },
    3,
  );
});
afterAll(() => drawing.close());

const faults = (item: CheckedCase | undefined) =>
  (item?.warnings ?? [])
    .filter((w) => w.verdict === 'fail')
    .map((w) => `${w.field}: ${w.code}`)
    .sort();

const named = (report: CheckReport, name: string, size: string) =>
  report.cases.find((c) => c.name === name && c.size === size);

describe('a template with faults', () => {
  it('fails with exactly these', async () => {
    const report = await check({ template: 'faulty', sizes: ['og'] });
    expect(report.summary.status).toBe('fail');
    const sample = named(report, 'sample', 'og');
    expect(sample?.status).toBe('fail');
    expect(faults(sample)).toEqual([
      'clipped: text_clipped',
      'pale: low_contrast',
      'sign: glyph_missing',
      'under: text_overlaps',
    ]);
    const letter = named(report, 'one_letter', 'og');
    // One letter is not cut, and nothing that could be read would be pale.
    expect(faults(letter)).toEqual(['under: text_overlaps']);
  });

  it('is named by row where rows are given, refused ones with their fields', async () => {
    const good = { ...drawing.registry.get('sound').sample };
    const report = await check({
      template: 'sound',
      rows: [
        good,
        { ...good, theme: 'sepia', headline: 'x' },
        { ...good, portrait: 'data:image/png;base64,AAAA' },
      ],
    });
    expect(report.cases.map(({ name, row, size, status }) => [name, row, size, status])).toEqual([
      ['row 1', 0, 'og', 'pass'],
      ['row 2', 1, 'og', 'fail'],
      ['row 3', 2, 'og', 'fail'],
    ]);
    expect(report.cases[1]?.error?.code).toBe('invalid_data');
    expect(report.cases[1]?.error?.errors.map((e) => e.path)).toEqual(['data.headline']);
    expect(faults(report.cases[2])).toEqual(['portrait: picture_failed']);
    expect(report.summary).toEqual({ pass: 1, warn: 0, fail: 2, skipped: 0, status: 'fail' });
  });
});

describe('a sound template', () => {
  let report: CheckReport;
  beforeAll(async () => {
    report = await check({ template: 'sound', pictures: true, imageWidthPx: 200 });
  });

  it('passes every case in every size', () => {
    const trouble = report.cases
      .filter((c) => c.status !== 'pass')
      .map((c) => [
        c.name,
        c.size,
        c.error?.errors,
        c.warnings.filter((w) => w.verdict !== 'expected'),
      ]);
    expect(trouble).toEqual([]);
    expect(report.cases.length).toBeGreaterThan(90);
    expect(report.sizes).toEqual(['og', 'tall']);
  });

  it('is shown what was expected of such data, not nothing', () => {
    const codes = (name: string) =>
      report.cases.filter((c) => c.name === name).flatMap((c) => c.warnings.map((w) => w.code));
    expect(codes('picture_damaged')).toContain('picture_failed');
    expect(codes('long')).toContain('text_shortened');
    expect(codes('own_many-tags')).toContain('truncated');
    expect(codes('chinese')).toContain('font_stepped_in');
  });

  it('is drawn in both themes, and the report says in which', () => {
    const themes = report.cases.filter((c) => c.size === 'og').map((c) => c.choices.theme);
    expect(new Set(themes)).toEqual(new Set([undefined, 'light', 'dark']));
  });

  it('comes with small pictures', () => {
    const picture = named(report, 'sample', 'og')?.picture;
    expect(picture?.contentType).toBe('image/webp');
    expect(picture?.body.toString('latin1', 8, 12)).toBe('WEBP');
  });
});

describe('limits', () => {
  it('skips what the time does not allow, and says so', async () => {
    const before = drawn.length;
    const report = await check({ template: 'sound', timeLimitMs: -1 });
    expect(drawn.length).toBe(before);
    expect(report.summary.skipped).toBe(report.cases.length);
    expect(report.summary.pass).toBe(0);
  });

  it('stops when nobody waits any more', async () => {
    const gone = new AbortController();
    const work = check({
      template: 'sound',
      signal: gone.signal,
      onProgress: (done) => done === 2 && gone.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('refuses sizes and templates that do not exist', async () => {
    await expect(check({ template: 'sound', sizes: ['og', 'wide'] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(check({ template: 'none' })).rejects.toMatchObject({ code: 'template_not_found' });
  });
});
