import type { MetaTag } from './page-meta.js';

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const SIGNS = Object.fromEntries(Object.entries(ENTITIES).map(([sign, entity]) => [entity, sign]));

/** The tags of a `meta_html`, which the service writes one a line in this one form. */
export function readTags(html: string): MetaTag[] {
  const found = html.matchAll(/<meta (property|name)="([^"]*)" content="([^"]*)">/g);
  return [...found].map(([, kind, name = '', text = '']) => {
    const content = text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => SIGNS[entity] ?? entity);
    return kind === 'property' ? { property: name, content } : { name, content };
  });
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

/** The tags as HTML, one a line. */
export function writeTags(tags: MetaTag[]): string {
  const lines = tags.map((tag) => {
    const [kind, name] = 'property' in tag ? ['property', tag.property] : ['name', tag.name];
    return `<meta ${kind}="${escaped(name)}" content="${escaped(tag.content)}">`;
  });
  return lines.join('\n');
}
