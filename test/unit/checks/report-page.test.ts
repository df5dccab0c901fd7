import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type CheckedCase,
  type CheckReport,
  summarizeCases,
} from '../../../src/checks/check-report.js';
import { presentReport } from '../../../src/checks/present-report.js';
import { REPORT_POLICY, reportPage } from '../../../src/checks/report-page.js';

const passed: CheckedCase = {
  name: 'sample',
  about: 'the sample as it is',
  size: 'og',
  choices: { theme: 'dark' },
  status: 'pass',
  warnings: [],
  widthPx: 1200,
  heightPx: 630,
  picture: { contentType: 'image/webp', body: Buffer.from('pixels') },
};
const failed: CheckedCase = {
  ...passed,
  name: 'row 1',
  row: 0,
  status: 'fail',
  warnings: [
    {
      code: 'text_clipped',
      field: 'title',
      message: 'Cut: <script>alert("x")</script>',
      severity: 'error',
      verdict: 'fail',
    },
  ],
};

function reportOf(cases: CheckedCase[]): CheckReport {
  return {
    template: 'article',
    name: 'Article & more',
    version: '0123456789abcdef',
    sizes: ['og'],
    cases,
    summary: summarizeCases(cases),
  };
}

describe('the page of a report', () => {
  const page = reportPage([reportOf([passed, failed])]);

  it('needs nothing from outside: pictures are within, no address leads anywhere', () => {
    expect(page).toContain(
      `src="data:image/webp;base64,${Buffer.from('pixels').toString('base64')}"`,
    );
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(page).not.toContain('url(');
  });

  it('allows its own script and style alone, which have no attributes in the markup', () => {
    for (const tag of ['script', 'style']) {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
      const hash = createHash('sha256').update(text).digest('base64');
      expect(REPORT_POLICY).toContain(`${tag}-src 'sha256-${hash}'`);
    }
    expect(REPORT_POLICY).not.toContain('unsafe');
    expect(page).not.toMatch(/ style=| on[a-z]+=/);
  });

  it('shows what fails first, and shows data as text', () => {
    expect(page.indexOf('>row 1<')).toBeLessThan(page.indexOf('>sample<'));
    expect(page).toContain('Cut: &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).toContain('Article &amp; more');
    expect(page).toContain('1 of 2 pictures have a fault');
  });
});

describe('the report as JSON', () => {
  it('counts and lists every case', () => {
    const json = presentReport(reportOf([passed, failed]));
    expect(json.summary).toEqual({ pass: 1, warn: 0, fail: 1, skipped: 0, status: 'fail' });
    expect(json.cases[1]).toMatchObject({ name: 'row 1', row: 0, width: 1200, height: 630 });
    expect(json.cases[0]?.picture).toMatch(/^data:image\/webp;base64,/);
  });
});
