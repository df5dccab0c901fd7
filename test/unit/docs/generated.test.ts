import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { compareDocument, pathOf } from '../../../scripts/generate/document.js';
import { generatedDocuments } from '../../../scripts/generate/documents.js';
import { withSection } from '../../../scripts/generate/marked-section.js';

describe('generated documents', () => {
  it.each(generatedDocuments)(
    '$file is as the code has it: run "npm run generate"',
    async (one) => {
      const { current, expected } = await compareDocument(one);
      expect(current).toBe(expected);
    },
  );

  it('hold what they are for', async () => {
    const types = await readFile(pathOf('clients/js/src/api-types.ts'), 'utf8');
    expect(types).toMatch(/export interface Image \{[^}]*\bstatus: 'queued' \| 'active'/);
    expect(types).toMatch(
      /\n {2}put_pages_key: \{\n {4}body: PutPage;\n {4}answer: Page;\n {2}\};/,
    );
    const api = JSON.parse(await readFile(pathOf('docs/openapi.json'), 'utf8')) as object;
    expect(api).toMatchObject({
      openapi: '3.1.0',
      paths: { '/v1/images': { post: { operationId: 'post_images' } } },
    });
  });
});

describe('withSection', () => {
  const page = 'before\n<!-- a: generated -->\n\nold\n\n<!-- /a -->\nafter\n';

  it('replaces what stands between the marks, and nothing else', () => {
    expect(withSection(page, 'a', 'new')).toBe(page.replace('old', 'new'));
  });

  it('fails where the page has no such marks', () => {
    expect(() => withSection(page, 'b', 'new')).toThrow('<!-- b: generated -->');
  });
});
