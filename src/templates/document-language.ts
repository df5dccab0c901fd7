import { canonicalLocale } from './locale.js';
import type { ResolvedFields } from './template.js';

/** The fields that may name the language of what they are shown with, the first that does. */
const LANGUAGE_FIELDS = ['lang', 'locale'];

/**
 * The document's language (a canonical tag of BCP 47) as the data says it: field `lang`, else
 * `locale`. It decides which quotation marks `<q>` has and which forms Chinese characters take.
 */
export function documentLanguage(
  fields: ResolvedFields | Record<string, unknown>,
): string | undefined {
  for (const name of LANGUAGE_FIELDS) {
    const tag = Object.hasOwn(fields, name) ? canonicalLocale(fields[name]) : undefined;
    if (tag !== undefined) return tag;
  }
  return undefined;
}
