import { commands } from '../../src/cli/commands.js';
import { settingsTable } from '../../src/config/setting-docs.js';
import { apiDocument } from './api-document.js';
import { type ApiDocument, writeApiTypes } from './api-types.js';
import { writeClientFormats } from './client-formats.js';
import { commandReference } from './command-reference.js';
import { formatted, type GeneratedDocument } from './document.js';
import { errorsTable } from './errors-table.js';
import { formatsTable } from './formats-table.js';
import { galleryPage } from './gallery-page.js';
import { withSection } from './marked-section.js';
import { withReferenceTables } from './reference-tables.js';

const section = (file: string, name: string, content: () => string): GeneratedDocument => ({
  file,
  write: (current) => withSection(current, name, content()),
});
const code = (file: string, content: () => string): GeneratedDocument => ({
  file,
  write: () => formatted(file, content()),
});

/** All that `npm run generate` writes; test/unit/docs/generated.test.ts says when it is stale. */
export const generatedDocuments: GeneratedDocument[] = [
  section('docs/settings.md', 'settings', settingsTable),
  section('docs/errors.md', 'errors', errorsTable),
  section('docs/formats.md', 'formats', formatsTable),
  section('docs/cli.md', 'commands', () => commandReference(commands)),
  { file: 'docs/templates.md', write: withReferenceTables },
  { file: 'docs/gallery.md', write: galleryPage },
  { file: 'docs/openapi.json', write: () => `${JSON.stringify(apiDocument(), null, 2)}\n` },
  code('clients/js/src/image-formats.ts', writeClientFormats),
  // As JSON has it: what is undefined is not there.
  code('clients/js/src/api-types.ts', () =>
    writeApiTypes(JSON.parse(JSON.stringify(apiDocument())) as ApiDocument),
  ),
];
