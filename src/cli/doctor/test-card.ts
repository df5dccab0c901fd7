import { scriptName, writingSystems } from '../../lib/writing-systems.js';
import { buildTemplate } from '../../templates/load-template.js';
import type { Template } from '../../templates/template.js';

interface TestLine {
  /** As people call the script. */
  name: string;
  text: string;
  /** The Debian package that brings a font for it. */
  fontPackage: string;
  /** `must`: nobody's pictures do without it. `should`: millions write it every day. */
  need: 'must' | 'should' | 'may';
}

/** Of one font package, and told of as one. */
const HAN = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo'];
const MUST = ['Latin', 'Arabic', 'Devanagari'];

const lineOf = (system: (typeof writingSystems)[number]): TestLine => ({
  name: scriptName(system),
  text: system.sample,
  fontPackage: 'fonts-noto-core',
  need: MUST.includes(system.script) ? 'must' : system.isCommon ? 'should' : 'may',
});

/** What pictures can show, by field. */
export const scripts: Record<string, TestLine> = {
  emoji: { name: 'emoji', text: '😀 🚀 🎉', fontPackage: 'fonts-noto-color-emoji', need: 'must' },
  cjk: {
    name: 'Chinese, Japanese, Korean',
    text: '汉字 かな カナ 한국어 ㄅㄆ',
    fontPackage: 'fonts-noto-cjk',
    need: 'must',
  },
  ...Object.fromEntries(
    writingSystems
      .filter(({ script }) => !HAN.includes(script))
      .map((system) => [system.script.toLowerCase(), lineOf(system)]),
  ),
};

/** A template that is on no disk, so that templates of the installation cannot spoil the test. */
export function buildTestCard(texts: Record<string, string>): Template {
  const names = Object.keys(texts);
  const files = {
    'template.json': JSON.stringify({
      name: 'Test card',
      description: 'One line for each script',
      sizes: { card: [1200, 900] },
      default_size: 'card',
      fields: Object.fromEntries(
        names.map((name) => [name, { type: 'text', label: name, required: true }]),
      ),
    }),
    'template.hbs': names.map((name) => `<p data-field="${name}">{{${name}}}</p>`).join('\n'),
    'style.css':
      'body { padding: 40px; columns: 5; background: #fff; color: #111; font: 18px/1.8 Inter; } p { margin: 0; }',
    'sample.json': JSON.stringify(texts),
  };
  const { template, problems } = buildTemplate(
    'test-card',
    new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
  );
  if (template) return template;
  throw new Error(problems.map(({ file, message }) => `${file}: ${message}`).join('\n'));
}
