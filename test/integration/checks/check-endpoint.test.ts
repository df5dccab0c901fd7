import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService } from '../../support/service.js';
import { until } from '../../support/until.js';

const TEMPLATES_DIR = fileURLToPath(new URL('../../support/templates-broken', import.meta.url));

let service: Awaited<ReturnType<typeof startService>>;

beforeAll(async () => {
  service = await startService({ env: { TEMPLATES_DIR } });
});
afterAll(() => service.stop());

interface Report {
  template: string;
  version: string;
  sizes: string[];
  summary: Record<string, unknown>;
  cases: {
    name: string;
    row?: number;
    size: string;
    status: string;
    warnings: { code: string; field?: string; verdict: string }[];
    error?: { code: string; errors: { path: string }[] };
    picture?: string;
  }[];
}

function ask(
  template: string,
  body: unknown,
  more: { accept?: string; signal?: AbortSignal } = {},
) {
  const { accept, signal } = more;
  return fetch(`${service.url}/v1/templates/${template}/check`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.key}`,
      'content-type': 'application/json',
      ...(accept ? { accept } : {}),
    },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

describe('POST /v1/templates/{id}/check', () => {
  it('judges rows, the refused ones by field, and stores nothing', async () => {
    const rows = [{ title: 'Good', tags: ['a'] }, { tittle: 'x' }];
    const response = await ask('sound', { rows, sizes: ['og', 'tall'], pictures: true });
    expect(response.status).toBe(200);
    const report = (await response.json()) as Report;
    expect(report.cases.map((c) => [c.name, c.size, c.status])).toEqual([
      ['row 1', 'og', 'pass'],
      ['row 1', 'tall', 'pass'],
      ['row 2', 'og', 'fail'],
      ['row 2', 'tall', 'fail'],
    ]);
    expect(report.cases[2]?.error?.errors.map((e) => e.path)).toEqual([
      'data.tittle',
      'data.title',
    ]);
    expect(report.cases[0]?.picture).toMatch(/^data:image\/webp;base64,/);
    expect(report.summary).toEqual({ pass: 2, warn: 0, fail: 2, skipped: 0, status: 'fail' });
    const { records } = await service.records.list({ limit: 10 });
    expect(records).toEqual([]);
  });

  it('finds the faults of a template with ugly data', async () => {
    const report = (await (await ask('faulty', { sizes: ['og'] })).json()) as Report;
    const sample = report.cases.find((c) => c.name === 'sample');
    const codes = sample?.warnings.filter((w) => w.verdict === 'fail').map((w) => w.code);
    expect(codes?.sort()).toEqual([
      'glyph_missing',
      'low_contrast',
      'text_clipped',
      'text_overlaps',
    ]);
    expect(report.cases.every((c) => c.picture === undefined)).toBe(true);
  });

  it('answers a browser with a page that its policy confines', async () => {
    const response = await ask('sound', { rows: [{ title: 'Hello' }] }, { accept: 'text/html' });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('vary')).toContain('Accept');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-.+'; style-src 'sha256-.+'; img-src data:/,
    );
    expect(policy).toContain("frame-ancestors 'none'");
    const page = await response.text();
    expect(page).toContain('<title>Check of Sound</title>');
    expect(page).toContain('data:image/webp;base64,');
  });

  it('refuses what it cannot check', async () => {
    const problem = async (template: string, body: unknown) => {
      const { status, code, errors } = (await (await ask(template, body)).json()) as {
        status: number;
        code: string;
        errors?: { path: string }[];
      };
      return [status, code, errors?.[0]?.path];
    };
    expect(await problem('none', {})).toEqual([404, 'template_not_found', undefined]);
    expect(await problem('sound', { sizes: ['wide'] })).toEqual([422, 'invalid_request', 'size']);
    expect(await problem('sound', { rows: [] })).toEqual([422, 'invalid_request', 'rows']);
    const many = Array.from({ length: 201 }, () => ({ title: 'x' }));
    expect(await problem('sound', { rows: many })).toEqual([422, 'invalid_request', 'rows']);
    expect(await problem('sound', { rows: ['x'] })).toEqual([422, 'invalid_request', 'rows.0']);
  });

  it('does two at a time, and stops drawing for who has left', async () => {
    const leaver = new AbortController();
    const left = [1, 2].map(() =>
      ask('sound', {}, { signal: leaver.signal }).catch((error: Error) => error.name),
    );
    const before = await service.drawn();
    await until(async () => (await service.drawn()) > before);
    const third = await ask('sound', { rows: [{ title: 'x' }] });
    expect(third.status).toBe(429);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);

    leaver.abort();
    expect(await Promise.all(left)).toEqual(['AbortError', 'AbortError']);
    await until(async () => (await ask('sound', { rows: [{ title: 'x' }] })).status === 200);
    // Both together would have drawn some 180 pictures.
    expect((await service.drawn()) - before).toBeLessThan(100);
  });
});
