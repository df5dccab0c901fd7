import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { E2E_TEMPLATES } from '../service.js';

/** A template whose page does harm by its markup and style alone: there is no script to do it. */
export interface HostileTemplate {
  body: string;
  css?: string;
}

/** Each level shows the one below it ten times. */
function laughs(levels: number): string {
  const groups = Array.from({ length: levels }, (_, level) => {
    const below = level === 0 ? '<rect width="1" height="1"/>' : '';
    const uses = level === 0 ? below : `<use href="#l${level - 1}"/>`.repeat(10);
    return `<g id="l${level}">${uses}</g>`;
  });
  return `<svg width="320" height="180"><defs>${groups.join('')}</defs><use href="#l${levels - 1}"/></svg>`;
}

const nested = (depth: number, tag: string) =>
  `${`<${tag}>`.repeat(depth)}x${`</${tag}>`.repeat(depth)}`;

/** By id. None ends the service; each is drawn, or fails alone. */
export const HOSTILE: Record<string, HostileTemplate> = {
  'deep-nesting': {
    body: nested(5_000, 'div'),
    css: 'div { display: grid; grid-template-columns: auto auto; padding: 1px; }',
  },
  'enormous-blur': {
    body: '<p></p>'.repeat(40),
    css: 'p { position: absolute; inset: -4000px; background: #aa3300; will-change: transform; filter: blur(2000px) saturate(9); mix-blend-mode: difference; }',
  },
  'giant-filter': {
    body: `<svg width="320" height="180"><filter id="f" x="-20000" y="-20000" width="40000" height="40000" filterUnits="userSpaceOnUse">${'<feTurbulence baseFrequency="0.9" numOctaves="400"/><feMorphology radius="400"/><feGaussianBlur stdDeviation="900"/>'.repeat(30)}</filter></svg><section></section>`,
    css: 'section { position: absolute; inset: 0; background: #112233; will-change: transform; filter: url(#f); }',
  },
  'huge-grid': {
    body: `<main>${'<b>x</b>'.repeat(3_000)}</main>`,
    css: 'main { display: grid; grid-template-columns: repeat(4000, minmax(auto, 1fr)); grid-auto-flow: dense; } b:nth-child(odd) { grid-column: span 900; grid-row: span 900; }',
  },
  'billion-laughs': { body: laughs(9) },
  'large-text': {
    body: `<h1>${'W'.repeat(20_000)}</h1>`,
    css: `h1 { font-size: 90000px; letter-spacing: 9000px; text-shadow: ${Array.from({ length: 300 }, (_, i) => `${i * 90}px 0 900px #00ff00`).join(',')}; }`,
  },
};

/** Another code in another place: its squares stand below one another, at the right. */
const COLOUR_COLUMN = {
  body: Array.from(
    { length: 8 },
    (_, i) => `<i style="top:${i * 20}px;background:{{c${i + 1}}}"></i>`,
  ).join('\n'),
  css: 'body { background: #ffffff; } i { position: absolute; left: 280px; width: 40px; height: 20px; }',
};

async function write(
  directory: string,
  id: string,
  { body, css = '' }: HostileTemplate,
  more: { fields?: object; sample?: object; network?: string[] } = {},
): Promise<void> {
  const { fields = {}, sample = {}, network } = more;
  const manifest = {
    name: id,
    description: 'For tests of faults',
    sizes: { small: [320, 180] },
    default_size: 'small',
    fields: { n: { type: 'number', label: 'Tells one job from another' }, ...fields },
    ...(network ? { network } : {}),
  };
  const folder = join(directory, id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'template.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'template.hbs'), `${body}<u>{{n}}</u>`);
  await writeFile(join(folder, 'style.css'), css);
  await writeFile(join(folder, 'sample.json'), JSON.stringify({ n: 1, ...sample }));
}

export interface FaultTemplates {
  /** Beside those of the end-to-end tests and `colour-column`. */
  templates?: Record<string, HostileTemplate>;
  /** What their pages may ask, as `host:port`. */
  host?: string;
}

/** Writes a folder for TEMPLATES_DIR. */
export async function writeFaultTemplates(
  directory: string,
  { templates = {}, host }: FaultTemplates = {},
): Promise<void> {
  await cp(E2E_TEMPLATES, directory, { recursive: true });
  const names = Array.from({ length: 8 }, (_, i) => `c${i + 1}`);
  const colour = (name: string) => ({ type: 'color', label: name, required: true });
  await write(directory, 'colour-column', COLOUR_COLUMN, {
    fields: Object.fromEntries(names.map((name) => [name, colour(name)])),
    sample: Object.fromEntries(names.map((name) => [name, '#123456'])),
  });
  for (const [id, template] of Object.entries(templates)) {
    await write(directory, id, template, host ? { network: [host] } : {});
  }
}
