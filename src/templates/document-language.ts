import type { ResolvedFields } from './template.js';

/** The fields that may name the language of what they are shown with, the first that does. */
const LANGUAGE_FIELDS = ['lang', 'locale'];

function canonicalTag(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    // `de_DE` is how systems other than the web write it.
    return Intl.getCanonicalLocales(value.trim().replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}

/**
 * The document's language (a canonical tag of BCP 47) as the data says it: field `lang`, else
 * `locale`. It decides which quotation marks `<q>` has and which forms Chinese characters take.
 */
export function documentLanguage(
  fields: ResolvedFields | Record<string, unknown>,
): string | undefined {
  for (const name of LANGUAGE_FIELDS) {
    const tag = Object.hasOwn(fields, name) ? canonicalTag(fields[name]) : undefined;
    if (tag !== undefined) return tag;
  }
  return undefined;
}
