import type { TemplateCheck } from '../../checks/check-template.js';
import { presentReport } from '../../checks/present-report.js';
import { REPORT_POLICY, reportPage } from '../../checks/report-page.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { checkReportSchema, MAX_CHECK_ROWS, newCheckSchema } from '../schemas/check.js';

/** Common proxies give up on an answer after 60 s. */
const TIME_LIMIT_MS = 50_000;

/** Checks of templates and rows by drawing them. */
export function checkRoutes({ check }: { check: TemplateCheck }): Endpoint[] {
  const run = defineEndpoint({
    method: 'post',
    path: '/v1/templates/{id}/check',
    summary: 'Judge a template by ugly data, or rows by their pictures',
    description:
      `Draws every case and says what a reader could not read or see. At most ${MAX_CHECK_ROWS} rows, and ` +
      `${TIME_LIMIT_MS / 1000} seconds: what is left then is \`skipped\`. Nothing is stored. With ` +
      '`Accept: text/html` the answer is a page with the pictures.',
    tag: 'Templates',
    access: 'key',
    scope: 'templates',
    params: { id: 'The id of a template.' },
    body: newCheckSchema,
    answers: {
      200: {
        description: 'The report.',
        content: { 'application/json': checkReportSchema, 'text/html': undefined },
      },
    },
    errors: ['template_not_found', 'rate_limited', 'preview_timeout', 'browser_unavailable'],
    async handle({ params, body }, res, req) {
      const asPage = req.accepts(['application/json', 'text/html']) === 'text/html';
      const gone = new AbortController();
      // Nobody waits any more: stop drawing.
      res.on('close', () => gone.abort());
      const report = await check({
        template: params.id,
        rows: body.rows,
        sizes: body.sizes,
        pictures: asPage || body.pictures,
        timeLimitMs: TIME_LIMIT_MS,
        signal: gone.signal,
      });
      res.setHeader('Vary', 'Accept');
      if (!asPage) {
        res.json(presentReport(report));
        return;
      }
      res.setHeader('Content-Security-Policy', `${REPORT_POLICY}; frame-ancestors 'none'`);
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.end(reportPage([report]));
    },
  });
  return [run];
}
