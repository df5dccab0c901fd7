import { graphemeCount } from '../../src/templates/clean-text.js';
import type { Template } from '../../src/templates/template.js';
import type { SweepText } from './texts.js';

/** So much of a field is filled: titles get several lines, names stay names. */
const SHARE = 0.45;
const MOST = 64;

function filled(text: string, maxLength: number): string {
  const wanted = Math.min(MOST, Math.floor(maxLength * SHARE));
  const words = text.split(' ');
  let all = '';
  for (let at = 0; ; at += 1) {
    const longer = `${all} ${words[at % words.length] ?? ''}`.trim();
    const count = graphemeCount(longer);
    if (count > maxLength) return all;
    all = longer;
    if (count >= wanted && at >= words.length - 1) return all;
  }
}

/** The sample of a template with this text in each of its text fields. */
export function fillFields(template: Template, { text, locale }: SweepText) {
  const data: Record<string, unknown> = { ...template.sample };
  for (const [name, spec] of Object.entries(template.manifest.fields)) {
    if (spec.derive !== undefined) continue;
    if (spec.type === 'text' || spec.type === 'longtext') {
      data[name] = filled(text, spec.max_length ?? MOST);
    } else if (spec.type === 'image') delete data[name];
    else if (spec.type === 'locale') {
      if (locale === undefined) delete data[name];
      else data[name] = locale;
    }
  }
  return data;
}
