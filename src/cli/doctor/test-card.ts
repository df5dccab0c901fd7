import { buildTemplate } from '../../templates/load-template.js';
import type { LoadedTemplateRegistry } from '../../templates/registry.js';
import type { Template } from '../../templates/template.js';

/** What pictures must be able to show, by field, with the Debian package that brings it. */
export const scripts: Record<string, { name: string; text: string; fontPackage: string }> = {
  emoji: { name: 'emoji', text: '😀 🚀 🎉', fontPackage: 'fonts-noto-color-emoji' },
  cjk: {
    name: 'Chinese, Japanese, Korean',
    text: '汉字 かな 한국어',
    fontPackage: 'fonts-noto-cjk',
  },
  arabic: { name: 'Arabic', text: 'مرحبا بالعالم', fontPackage: 'fonts-noto-core' },
  devanagari: { name: 'Devanagari', text: 'नमस्ते दुनिया', fontPackage: 'fonts-noto-core' },
};

/** A template that is on no disk, so that templates of the installation cannot spoil the test. */
export function buildTestCard(texts: Record<string, string>): Template {
  const names = Object.keys(texts);
  const files = {
    'template.json': JSON.stringify({
      name: 'Test card',
      description: 'One line for each script',
      sizes: { card: [800, 420] },
      default_size: 'card',
      fields: Object.fromEntries(
        names.map((name) => [name, { type: 'text', label: name, required: true }]),
      ),
    }),
    'template.hbs': names.map((name) => `<p data-field="${name}">{{${name}}}</p>`).join('\n'),
    'style.css': 'body { margin: 40px; background: #fff; color: #111; font: 36px/1.6 Inter; }',
    'sample.json': JSON.stringify(texts),
  };
  const { template, problems } = buildTemplate(
    'test-card',
    new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
  );
  if (template) return template;
  throw new Error(problems.map(({ file, message }) => `${file}: ${message}`).join('\n'));
}

/** A registry that holds this template alone. */
export function registryOf(template: Template): LoadedTemplateRegistry {
  return {
    get: () => template,
    getVersion: async () => template,
    list: () => [template],
    problems: () => [],
    refresh: async () => undefined,
    close: async () => undefined,
  };
}
