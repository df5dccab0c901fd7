import { join } from 'node:path';
import { packageInfo } from '../../src/config/package-info.js';
import { loadFolderRegistry } from '../../src/library/folder-registry.js';
import { fieldTypeOf } from '../../src/templates/field-types/field-types.js';
import type { FieldSpec } from '../../src/templates/manifest.js';
import type { Template } from '../../src/templates/template.js';

/** An image of the gallery: one size of a template, light or dark. */
interface Shot {
  size: string;
  dark: boolean;
  file: string;
}

/** Every size in light; the first also in dark, where the design knows it. */
function shotsOf({ id, manifest }: Template): Shot[] {
  const [first, ...others] = Object.keys(manifest.sizes).sort((a, b) =>
    a === manifest.default_size ? -1 : b === manifest.default_size ? 1 : 0,
  );
  const hasDark = manifest.fields.theme?.choices?.includes('dark') ?? false;
  const shot = (size: string, dark: boolean) => ({
    size,
    dark,
    file: `${id}-${size}${dark ? '-dark' : ''}.webp`,
  });
  if (first === undefined) return [];
  return [
    shot(first, false),
    ...(hasDark ? [shot(first, true)] : []),
    ...others.map((size) => shot(size, false)),
  ];
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** What a field takes beyond its type. */
function limitsOf(spec: FieldSpec): string {
  const unit = fieldTypeOf(spec).lengthUnit;
  return [
    spec.required && 'required',
    spec.max_length !== undefined && `${spec.max_length} ${unit}`,
    spec.box && `${spec.box[0]} × ${spec.box[1]}`,
    spec.minimum !== undefined && `from ${spec.minimum}`,
    spec.maximum !== undefined && `up to ${spec.maximum}`,
    spec.choices?.map((choice) => `\`${choice}\``).join(', '),
    (spec.default ?? '') !== '' && !spec.choices && `\`${spec.default}\` if not given`,
  ]
    .filter(Boolean)
    .join('; ');
}

function fieldTable({ manifest }: Template): string {
  const rows = Object.entries(manifest.fields).map(([name, spec]) => {
    const about = [spec.label, spec.description].filter(Boolean).join('. ');
    return `| \`${name}\` | ${spec.type} | ${cell(limitsOf(spec))} | ${cell(about)} |`;
  });
  return ['| field | type | takes | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

const isLying = (size: readonly [number, number] | undefined) =>
  size !== undefined && size[0] > size[1] * 1.2;

function section(template: Template): string {
  const { id, manifest } = template;
  const shots = shotsOf(template);
  const lying = shots.filter(({ size }) => isLying(manifest.sizes[size]));
  const others = shots.filter((shot) => !lying.includes(shot));
  const pictures = (row: Shot[], width: string) =>
    row.map(({ size, dark, file }) => {
      const alt = `${manifest.name}, ${size}${dark ? ', dark' : ''}`;
      return `<img src="gallery/${file}" width="${width}" alt="${alt}">`;
    });
  const sizes = Object.entries(manifest.sizes).map(([n, [w, h]]) => `\`${n}\` ${w} × ${h}`);
  return [
    `## ${manifest.name}`,
    manifest.description ?? '',
    `\`${id}\` · ${sizes.join(' · ')}`,
    pictures(lying, '49%').join('\n'),
    pictures(others, '32%').join('\n'),
    `<details><summary>Fields</summary>\n\n${fieldTable(template)}\n\n</details>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** docs/gallery.md. Its images are drawn by `npm run gallery`. */
export async function galleryPage(): Promise<string> {
  const registry = await loadFolderRegistry({
    directory: join(packageInfo.root, 'templates'),
    intervalMs: 0,
  });
  const templates = registry.list();
  await registry.close();
  const links = templates.map(({ manifest: { name } }) => {
    return `[${name}](#${name.toLowerCase().replaceAll(' ', '-')})`;
  });
  return `${[
    '# The designs',
    'Every bundled design with its sample data, as `npm run gallery` draws it. Each takes a brand name, a logo, an ' +
      'accent colour, a theme and a typeface; [templates.md](templates.md) says how to make your own.',
    links.join(' · '),
    ...templates.map(section),
  ].join('\n\n')}\n`;
}
