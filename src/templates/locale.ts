import { remembered } from '../lib/remembered.js';

/*
 * Languages as data names them: tags of BCP 47 (`pt-BR`), and what other systems write for them
 * (`pt_BR`, `PT`, `de_DE.UTF-8`).
 */

/** Longer than any tag that is in use. */
const MAX_TAG_CHARACTERS = 100;
/** What follows a locale in the environment of a Unix: `.UTF-8`, `@euro`. */
const UNIX_TAIL = /[.@].*$/s;

/** Asking Intl costs as much as using it. */
const MAX_TAGS_KEPT = 500;

const canonicalTag = remembered(MAX_TAGS_KEPT, (value): string | undefined => {
  const tag = value.trim().replace(UNIX_TAIL, '').replaceAll('_', '-');
  try {
    return tag === '' ? undefined : Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
});

/** The canonical tag; undefined for what is none. */
export function canonicalLocale(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_TAG_CHARACTERS) return undefined;
  return canonicalTag(value);
}

/** Whether there are formats for its language; regions and scripts fall to those of the language. */
export const hasFormats = remembered(
  MAX_TAGS_KEPT,
  (tag): boolean => Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0,
);

/** Where British forms are read rather than American ones, in CLDR's order of inheritance. */
const AMERICAN = new Set(['US', 'PH', 'PR', 'GU', 'VI', 'AS', 'MH', 'MP', 'UM']);

/** How near two regions of a language are; less is nearer. */
function distance(wanted: Intl.Locale, offered: Intl.Locale): number {
  const region = wanted.maximize().region ?? '';
  if (offered.region === wanted.region) return 0;
  if (offered.region === undefined) return 1;
  if (offered.region === region) return 2;
  const kin = AMERICAN.has(region) ? 'US' : 'GB';
  return wanted.language === 'en' && offered.region === kin ? 3 : 4;
}

/**
 * The one of `offered` that a reader of `wanted` reads best: of the same language and script, in
 * the nearest region. Undefined where none is, or where `offered` are no locales.
 */
export function nearestLocale(wanted: string, offered: readonly string[]): string | undefined {
  const tag = canonicalLocale(wanted);
  if (tag === undefined) return undefined;
  const tags = offered.map(canonicalLocale);
  if (tags.some((one) => one === undefined || !hasFormats(one))) return undefined;
  const own = new Intl.Locale(tag);
  const { language, script } = own.maximize();
  const near = tags
    .map((one, index) => ({ index, locale: new Intl.Locale(one ?? '') }))
    .filter(({ locale }) => {
      const full = locale.maximize();
      return full.language === language && full.script === script;
    })
    .sort((a, b) => distance(own, a.locale) - distance(own, b.locale));
  const index = near[0]?.index;
  return index === undefined ? undefined : offered[index];
}
