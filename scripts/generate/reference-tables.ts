import { type WarningEntry, warningCatalogue } from '../../src/errors/warning-catalogue.js';
import { fieldTypes } from '../../src/templates/field-types/field-types.js';
import { helpers } from '../../src/templates/helpers.js';
import { hyphenatedLanguages } from '../../src/templates/hyphenate.js';
import { fieldSpecSchema, manifestSchema } from '../../src/templates/manifest.js';
import { MAX_LIST_ENTRIES, MAX_TEXT_CHARACTERS } from '../../src/templates/read-result.js';
import { MAX_SOURCE_BYTES, MAX_TEMPLATE_BYTES } from '../../src/templates/template-files.js';

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const warningsFrom = (from: WarningEntry['from']): [string, WarningEntry][] =>
  Object.entries<WarningEntry>(warningCatalogue)
    .filter(([, warning]) => warning.from === from)
    .map(([code, warning]) => [`\`${code}\``, warning]);

/** The parts of docs/templates.md that come from code, by the name of their markers. */
export const referenceTables: Record<string, string> = {
  types: table(
    ['type', 'what may be given', 'what the template sees'],
    Object.entries(fieldTypes).map(([name, { doc }]) => [`\`${name}\``, doc.given, doc.seen]),
  ),
  helpers: table(
    ['helper', 'what it does'],
    Object.values(helpers).map((h) => [`\`${h.usage}\``, h.doc]),
  ),
  warnings: table(
    ['code', 'severity', 'invalid data', 'meaning', 'remedy'],
    warningsFrom('data').map(([code, w]) => [
      code,
      w.severity,
      w.isInvalidData ? 'yes' : 'no',
      w.meaning,
      w.remedy,
    ]),
  ),
  drawn: table(
    ['code', 'severity', 'a check', 'meaning', 'remedy'],
    [...warningsFrom('drawing'), ...warningsFrom('check')].map(([code, w]) => [
      code,
      w.severity,
      w.check === undefined ? '' : `${w.check}s`,
      w.from === 'check' ? `${w.meaning} Told by checks alone.` : w.meaning,
      w.remedy,
    ]),
  ),
  languages: `\`hyphenate\` knows: ${hyphenatedLanguages.map((tag) => `\`${tag}\``).join(', ')}, and British rules for \`en-GB\`.`,
  limits: table(
    ['what', 'at most'],
    [
      ['`template.hbs`, `style.css`, each JSON file', `${MAX_SOURCE_BYTES / 1024 / 1024} MB`],
      ['a whole template', `${MAX_TEMPLATE_BYTES / 1024 / 1024} MB`],
      ['a text in the data', `${MAX_TEXT_CHARACTERS.toLocaleString('en')} characters`],
      ['a list in the data', `${MAX_LIST_ENTRIES} entries`],
    ],
  ),
};

const marked = /<!-- (\w+):start -->\n[\s\S]*?<!-- \1:end -->/g;

/** The document with its generated parts as the code has them now. */
export function withReferenceTables(document: string): string {
  return document.replaceAll(marked, (_, name: string) => {
    const content = referenceTables[name] ?? '';
    return `<!-- ${name}:start -->\n${content}\n<!-- ${name}:end -->`;
  });
}

export const manifestKeys = Object.keys(manifestSchema.shape);
export const fieldKeys = Object.keys(fieldSpecSchema.shape);
