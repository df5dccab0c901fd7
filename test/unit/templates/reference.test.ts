import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import {
  fieldKeys,
  manifestKeys,
  referenceTables,
} from '../../../scripts/generate/reference-tables.js';
import {
  fieldOptions,
  fieldTypeNames,
  fieldTypes,
} from '../../../src/templates/field-types/field-types.js';
import { buildTemplate } from '../../../src/templates/load-template.js';
import { FORBIDDEN_TAGS } from '../../../src/templates/slot-rules.js';
import { buffers, templateFiles } from '../../support/templates/template-files.js';

const file = new URL('../../../docs/templates.md', import.meta.url);

const reference = () => readFile(file, 'utf8');

describe('docs/templates.md', () => {
  it('has the tables that the code makes', async () => {
    const text = await reference();
    for (const content of Object.values(referenceTables)) expect(text).toContain(content);
  });

  it('names every key, type and refused element', async () => {
    const text = await reference();
    for (const name of [...manifestKeys, ...fieldKeys, ...fieldTypeNames])
      expect(text).toContain(`\`${name}\``);
    const lower = text.toLowerCase();
    for (const tag of FORBIDDEN_TAGS) expect(lower).toContain(`\`${tag}\``);
  });

  it('says which types take a key', async () => {
    const text = await reference();
    for (const key of Object.keys(fieldOptions)) {
      const takers = fieldTypeNames.filter((name) => Object.hasOwn(fieldTypes[name].options, key));
      const row = text.split('\n').find((line) => new RegExp(`^\\| [^|]*\`${key}\``).test(line));
      expect(`${key}: ${row?.split('|')[2]?.trim()}`).toBe(`${key}: ${takers.join(', ')}`);
    }
  });

  it('has an example that is valid', async () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(await reference()) ?? [];
    const { problems, template } = buildTemplate(
      'example',
      buffers(templateFiles({ 'template.json': example })),
    );
    expect(problems).toEqual([]);
    expect(template?.manifest.name).toBe('Article');
  });
});
