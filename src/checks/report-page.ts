import { createHash } from 'node:crypto';
import {
  type CheckedCase,
  type CheckReport,
  type CheckStatus,
  type JudgedWarning,
  summarizeCases,
} from './check-report.js';
import { REPORT_SCRIPT, REPORT_STYLE } from './report-assets.js';

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page loads nothing, runs its own script only, and shows the pictures that it holds. */
export const REPORT_POLICY =
  `default-src 'none'; script-src ${sha256(REPORT_SCRIPT)}; style-src ${sha256(REPORT_STYLE)}; ` +
  "img-src data:; base-uri 'none'; form-action 'none'";

const labels: Record<CheckStatus, string> = {
  fail: 'Fails',
  warn: 'Worth a look',
  pass: 'Passes',
  skipped: 'Not drawn',
};
const order: CheckStatus[] = ['fail', 'warn', 'skipped', 'pass'];

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const verdict = (status: CheckStatus) => `<span class="verdict ${status}">${labels[status]}</span>`;

function stage({ picture, name, size, status }: CheckedCase): string {
  if (!picture) {
    const why = { skipped: 'The time was up before it was drawn', pass: '', warn: '', fail: '' };
    return `<div class="stage">${why[status] || 'No picture'}</div>`;
  }
  const address = `data:${picture.contentType};base64,${picture.body.toString('base64')}`;
  const alt = escapeHtml(`${name}, ${size}`);
  return `<button class="stage" type="button" title="Enlarge"><img src="${address}" alt="${alt}" loading="lazy"></button>`;
}

function problem({ code, field, message, verdict: how }: JudgedWarning): string {
  const where = field ? ` <b>${escapeHtml(field)}</b>` : '';
  return `<li class="${how}"><code>${escapeHtml(code)}</code>${where}<br>${escapeHtml(message)}</li>`;
}

function problems({ warnings, error }: CheckedCase): string {
  const refused = (error?.errors ?? []).map(
    ({ path, message }) =>
      `<li class="fail"><code>${escapeHtml(path)}</code><br>${escapeHtml(message)}</li>`,
  );
  const failed = error
    ? [
        `<li class="fail"><code>${escapeHtml(error.code)}</code><br>${escapeHtml(error.message)}</li>`,
      ]
    : [];
  const seen = warnings.filter((w) => w.verdict !== 'expected').map(problem);
  const items = [...failed, ...refused, ...seen];
  return items.length > 0 ? `<ul class="problems">${items.join('')}</ul>` : '';
}

/** What such data deserves, in one quiet line. */
function expected({ warnings }: CheckedCase): string {
  const codes = warnings
    .filter((w) => w.verdict === 'expected')
    .map(
      ({ code, field }) =>
        `<code>${escapeHtml(code)}</code>${field ? ` ${escapeHtml(field)}` : ''}`,
    );
  return codes.length > 0 ? `<p class="expected">As expected: ${codes.join(', ')}</p>` : '';
}

function caseItem(item: CheckedCase): string {
  const choices = Object.entries(item.choices).map(([name, value]) => `${name} ${value}`);
  const facts = [`${item.size}, ${item.widthPx} × ${item.heightPx}`, ...choices].join(' · ');
  return (
    `<li class="case ${item.status}" data-status="${item.status}" data-size="${escapeHtml(item.size)}">` +
    `${stage(item)}<div class="words"><h3>${escapeHtml(item.name)}${verdict(item.status)}</h3>` +
    `<p class="facts">${escapeHtml(item.about)}</p><p class="facts">${escapeHtml(facts)}</p>` +
    `${problems(item)}${expected(item)}</div></li>`
  );
}

function section(report: CheckReport): string {
  const sorted = [...report.cases].sort(
    (a, b) => order.indexOf(a.status) - order.indexOf(b.status),
  );
  const { template, name, version, summary } = report;
  return (
    `<section id="${escapeHtml(template)}"><h2>${escapeHtml(name)}${verdict(summary.status)}</h2>` +
    `<p class="about-template"><code>${escapeHtml(template)}</code>, version <code>${escapeHtml(version)}</code></p>` +
    `<ul class="cases">${sorted.map(caseItem).join('\n')}</ul>` +
    '<p class="nothing" hidden>No picture matches the filter.</p></section>'
  );
}

function overview(reports: CheckReport[]): string {
  const rows = reports.map(({ template, name, summary }) => {
    const { status, fail, warn, pass, skipped } = summary;
    const counts = [fail, warn, pass, skipped].map((n) => `<td class="n">${n}</td>`).join('');
    return `<tr><td><a href="#${escapeHtml(template)}">${escapeHtml(name)}</a></td><td>${verdict(status)}</td>${counts}</tr>`;
  });
  const heads = ['Fail', 'Warn', 'Pass', 'Not drawn']
    .map((h) => `<th class="n">${h}</th>`)
    .join('');
  return `<table class="overview"><thead><tr><th>Template</th><th>Verdict</th>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function filters(reports: CheckReport[]): string {
  const cases = reports.flatMap((report) => report.cases);
  const button = (by: string, value: string, label: string) =>
    `<button type="button" data-by="${by}" data-value="${escapeHtml(value)}" aria-pressed="${value === ''}">${escapeHtml(label)}</button>`;
  const statuses = order.flatMap((status) => {
    const count = cases.filter((c) => c.status === status).length;
    return count > 0 ? [button('status', status, `${labels[status]} (${count})`)] : [];
  });
  const sizes = [...new Set(reports.flatMap((r) => r.sizes))].map((s) => button('size', s, s));
  return (
    `<nav class="filters" hidden><div>${button('status', '', 'All')}${statuses.join('')}</div>` +
    `<div>${button('size', '', 'All sizes')}${sizes.join('')}</div></nav>`
  );
}

/**
 * The report as one HTML page that needs nothing but itself. Works as a file, too: the policy is
 * written into the page, and without scripts everything is shown.
 */
export function reportPage(reports: CheckReport[]): string {
  const [first] = reports;
  const only = reports.length === 1 ? first : undefined;
  const title = only ? `Check of ${only.name}` : `Check of ${reports.length} templates`;
  const { pass, warn, fail } = summarizeCases(reports.flatMap((report) => report.cases));
  const total = pass + warn + fail;
  const lead =
    fail > 0
      ? `${fail} of ${total} pictures have a fault that a reader sees.`
      : `No faults in ${total} pictures${warn > 0 ? `; ${warn} ${warn === 1 ? 'is' : 'are'} worth a look` : ''}.`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(REPORT_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p class="lead">${lead}</p>${overview(reports)}</header>
<main>
${filters(reports)}
${reports.map(section).join('\n')}
</main>
<dialog></dialog>
<script>${REPORT_SCRIPT}</script>
</body>
</html>
`;
}
