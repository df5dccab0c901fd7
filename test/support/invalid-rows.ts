import { readFileSync } from 'node:fs';

/** A row as a list has it, and the warnings that its dirt deserves, as `code:field`, sorted. */
export interface InvalidRow {
  template: string;
  data: Record<string, unknown>;
  deserved: string[];
}

interface InvalidKind {
  field: string;
  value: (clean: unknown, random: () => number) => unknown;
  deserves: string[];
  alone?: boolean;
}

/** Mulberry32: small, and the same numbers everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(list: readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)] as T;

const people = ['Anna Lindqvist', 'Kofi Mensah', 'Maria Rossi', 'Jean Dupont', 'Olga Novak'];
const companies = ['Northwind', 'Acme', 'Halden', 'Meridian', 'Globex'];

const blog = readFileSync(new URL('../../examples/data/nodejs-blog.csv', import.meta.url), 'utf8');
/** Real titles of a length that every design shows whole, and free of quotes that CSV doubles. */
const titles = blog
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[1] ?? '')
  .filter((title) => /^[\w .:'-]{8,48}$/.test(title));

const BROKEN_PICTURE = `data:image/png;base64,${Buffer.from('this is no picture').toString('base64')}`;

/** What any text field of these designs takes, and mends at most. */
function harmless(field: string): InvalidKind[] {
  return [
    { field, value: (clean) => `  ${clean}\t `, deserves: [] },
    { field, value: (clean) => String(clean).normalize('NFD'), deserves: [] },
    { field, value: (clean) => `${clean} 🎉`, deserves: [] },
    { field, value: (clean) => `<b>${clean}</b>`, deserves: [`html_in_text:${field}`] },
  ];
}

function text(field: string): InvalidKind[] {
  return [
    ...harmless(field),
    {
      field,
      value: (clean) => `${clean}\u0000\u0007`,
      deserves: [`control_characters_removed:${field}`],
    },
    { field, value: () => 'مرحبا بكم', deserves: [`font_stepped_in:${field}`] },
    { field, value: () => '你好世界', deserves: [`font_stepped_in:${field}`] },
    { field, value: (clean) => `${clean} \u{1f8ff}`, deserves: [`glyph_missing:${field}`] },
  ];
}

function picture(field: string): InvalidKind[] {
  return [
    { field, value: () => '', deserves: [] },
    { field, value: () => 'htp:/logo', deserves: [`invalid_used_placeholder:${field}`] },
    { field, value: () => BROKEN_PICTURE, deserves: [`picture_failed:${field}`] },
    {
      field,
      value: () => 'http://127.0.0.1:9/logo.png',
      deserves: [`picture_failed:${field}`],
    },
  ];
}

function look(): InvalidKind[] {
  return [
    { field: 'accent', value: () => 'reddish', deserves: ['invalid_used_fallback:accent'] },
    { field: 'theme', value: () => ' DARK', deserves: ['choice_matched:theme'] },
    { field: 'theme', value: () => 'sepia', deserves: ['invalid_used_fallback:theme'] },
    { field: 'font', value: () => '', deserves: [] },
  ];
}

const inCapitals = (field: string): InvalidKind => ({
  field,
  value: (clean) => String(clean).toUpperCase(),
  deserves: [`case_changed:${field}`],
});

/** Missing or unusable where the template has nothing to mend it with: another card steps in. */
const lost = (field: string, value: unknown): InvalidKind => ({
  field,
  value: () => value,
  deserves: ['fallback_template_used:'],
  alone: true,
});

interface Kind {
  template: string;
  clean(random: () => number): Record<string, unknown>;
  dirt: InvalidKind[];
}

const kinds: Kind[] = [
  {
    template: 'article',
    clean: (random) => ({
      title: pick(titles, random),
      author: pick(people, random),
      brand_name: pick(companies, random),
      date: '2026-09-24',
      logo: '',
      accent: '#1f6b57',
    }),
    dirt: [
      ...text('title'),
      ...text('author'),
      ...picture('logo'),
      ...picture('cover'),
      ...look(),
      inCapitals('author'),
      lost('title', '   '),
      { field: 'date', value: () => '31.02.2026', deserves: ['invalid_used_fallback:date'] },
      {
        field: 'title',
        value: (clean) => `${clean} and what else there is to say about it `.repeat(9),
        deserves: ['truncated:title'],
      },
    ],
  },
  {
    template: 'product',
    clean: (random) => ({
      name: `${pick(companies, random)} lamp`,
      price: Math.round(random() * 20_000) / 100,
      tagline: 'Warm light on a single charge',
      brand_name: pick(companies, random),
      accent: '#1f6b57',
    }),
    dirt: [
      ...text('name'),
      ...text('tagline'),
      ...picture('photo'),
      ...picture('logo'),
      ...look(),
      lost('price', 'on request'),
      lost('name', ''),
      { field: 'price', value: (clean) => String(clean), deserves: [] },
      {
        field: 'currency',
        value: () => 'Euro',
        deserves: ['truncated:currency'],
      },
    ],
  },
  {
    template: 'certificate',
    clean: (random) => ({
      recipient: pick(people, random),
      course: 'Design Systems',
      issuer: `${pick(companies, random)} School`,
      issued_on: '2026-10-30',
      signatory_name: pick(people, random),
      accent: '#27408b',
    }),
    dirt: [
      ...text('recipient'),
      ...text('course'),
      ...picture('logo'),
      ...picture('signature'),
      ...look(),
      inCapitals('recipient'),
      lost('course', null),
      {
        field: 'issued_on',
        value: () => 'yesterday',
        deserves: ['invalid_used_fallback:issued_on'],
      },
    ],
  },
];

/** `count` rows over three templates; each has none to three kinds of dirt in different fields. */
export function invalidRows(count: number, seed: number): InvalidRow[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length] as Kind;
    const data = kind.clean(random);
    const deserved = new Set<string>();
    const taken = new Set<string>();
    const wanted = Math.floor(random() * 4);
    while (taken.size < wanted) {
      const dirt = pick(kind.dirt, random);
      if (taken.has(dirt.field)) continue;
      // Another card shows other fields, so this dirt stands alone.
      if (dirt.alone && taken.size > 0) continue;
      taken.add(dirt.field);
      data[dirt.field] = dirt.value(data[dirt.field] ?? '', random);
      for (const code of dirt.deserves) deserved.add(code);
      if (dirt.alone) break;
    }
    return { template: kind.template, data, deserved: [...deserved].sort() };
  });
}
