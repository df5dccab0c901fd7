import { describe, expect, it } from '@jest/globals';
import { settingsTable } from '../../../src/config/setting-docs.js';
import { catalogue } from '../../../src/errors/catalogue.js';
import { generatedSection } from '../../support/docs/generated-section.js';

function errorsTable(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { status, title, retryable }]) =>
      `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} |`,
  );
  return ['| code | status | meaning | worth another try |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}

describe('the generated parts of docs/', () => {
  it.each([
    ['settings.md', 'settings', settingsTable],
    ['errors.md', 'errors', errorsTable],
  ])('%s says what the code says (UPDATE_DOCS=true writes it)', async (page, name, content) => {
    const { actual, expected } = await generatedSection(page, name, content());
    expect(actual).toBe(expected);
  });
});
