import { catalogue } from '../../src/errors/catalogue.js';

/** The table of docs/errors.md. */
export function errorsTable(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { status, title, retryable }]) =>
      `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} |`,
  );
  return ['| code | status | meaning | worth another try |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}
