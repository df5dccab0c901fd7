import type { CheckedCase, CheckReport } from './check-report.js';

function presentCase(item: CheckedCase) {
  const { picture, error } = item;
  return {
    name: item.name,
    about: item.about,
    ...(item.row === undefined ? {} : { row: item.row }),
    size: item.size,
    choices: item.choices,
    status: item.status,
    warnings: item.warnings,
    width: item.widthPx,
    height: item.heightPx,
    ...(error ? { error } : {}),
    ...(picture
      ? { picture: `data:${picture.contentType};base64,${picture.body.toString('base64')}` }
      : {}),
  };
}

/** The report as JSON: what the API answers and `cardpress check --json` prints. */
export function presentReport(report: CheckReport) {
  const { template, version, sizes, summary, cases } = report;
  return { template, version, sizes, summary, cases: cases.map(presentCase) };
}
