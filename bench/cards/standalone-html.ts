import { loadFontLibrary } from '../../src/browser/font-library.js';
import { templatePageDocument } from '../../src/browser/template-page-document.js';
import { resolveFields } from '../../src/templates/resolve-fields.js';
import type { Template } from '../../src/templates/template.js';
import { CARD_SIZE, cardData } from './card.js';

const DEFAULT_FAMILY = 'Inter';

/** The upright Latin faces of the families that a card names: what somebody would put inline. */
function inlineFonts(card: Template): string {
  const fonts = loadFontLibrary();
  const isNamed = (rule: string, css: string) => {
    const family = /font-family: '([^']+)'/.exec(rule)?.[1] ?? '';
    return css.includes(family);
  };
  const named = card.css.includes('font-family') ? card.css : DEFAULT_FAMILY;
  return fonts.css
    .split('/* ')
    .filter((rule) => /^[a-z-]+-latin-[a-z]+-normal/.test(rule) && isNamed(rule, named))
    .map((rule) => `/* ${rule}`)
    .join('')
    .replaceAll(/url\(\/fonts\/([^)]+)\)/g, (whole, path: string) => {
      const file = fonts.file(path);
      return file ? `url(data:font/woff2;base64,${file.toString('base64')})` : whole;
    });
}

function inlinePictures(card: Template, fields: Record<string, unknown>): Map<string, string> {
  const pictures = new Map<string, string>();
  for (const [name, field] of Object.entries(card.manifest.fields)) {
    const value = fields[name];
    if (field.type !== 'image' || typeof value !== 'string') continue;
    const asset = card.assets.get(value.replace('asset:', ''));
    if (!asset) throw new Error(`${card.id}: there is no picture "${value}"`);
    pictures.set(name, `data:${asset.contentType};base64,${asset.body.toString('base64')}`);
  }
  return pictures;
}

/**
 * Makes whole documents with everything inline, which is what a browser library is usually handed.
 * They have the very styles and markup of our own shells. All that does not depend on the data is
 * made once, so that nobody waits for it while the clock runs.
 */
export function createStandaloneHtml(card: Template): (index: number) => string {
  const spec = { template: card, size: CARD_SIZE, scale: 1 };
  const [head = '', tail = ''] = templatePageDocument(spec, inlineFonts(card)).split(
    '<body></body>',
  );
  const pictures = inlinePictures(card, resolveFields(card, cardData(card, 0)).fields);
  return (index) => {
    const { fields } = resolveFields(card, cardData(card, index));
    return `${head}<body>${card.body(fields, pictures)}</body>${tail}`;
  };
}
