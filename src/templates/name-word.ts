import { composeText } from './clean-text.js';

/** Rules of letters that differ by language; `und` for all others. */
export type Letters = 'tr' | 'nl' | 'und';

/** I and İ are different letters here. */
const DOTLESS = new Set(['tr', 'az', 'crh', 'gag']);

export const baseLanguage = (tag: string | undefined) => tag?.split('-')[0]?.toLowerCase();

/** By the language; where the text has letters of Turkish alone, by these. */
export function lettersOf(text: string, language: string | undefined): Letters {
  const base = baseLanguage(language);
  if (/[İĞğ]/.test(text) || (base !== undefined && DOTLESS.has(base))) return 'tr';
  return base === 'nl' ? 'nl' : 'und';
}

export function lowered(text: string, of: Letters): string {
  return composeText(text.toLocaleLowerCase(of));
}

/** The first letter as a capital; in Dutch "IJ" is one letter. */
export function capitalized(word: string, of: Letters): string {
  if (of === 'nl' && word.startsWith('ij')) return `IJ${word.slice(2)}`;
  const [first = '', ...rest] = Array.from(word);
  return first.toLocaleUpperCase(of) + rest.join('');
}

/** The letters, marks and digits of a word. */
export function bareLetters(word: string): string {
  return word.replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}

/**
 * One word of a name, from small letters: "o'neill" → "O'Neill", "mcdonald" → "McDonald",
 * "jean-pierre" → "Jean-Pierre". `isSmall`: parts between hyphens that have no capital.
 */
export function nameWord(word: string, of: Letters, isSmall: (part: string) => boolean): string {
  const opening = /^[^\p{L}\p{N}]*/u.exec(word)?.[0] ?? '';
  const parts = word.slice(opening.length).split('-');
  const done = parts.map((part, i) => {
    if (i > 0 && i < parts.length - 1 && isSmall(part)) return part;
    const irish = /^([odl])(['’])(\p{L}{3}.*)$/u.exec(part);
    if (irish) {
      const [, letter = '', mark = '', rest = ''] = irish;
      return letter.toUpperCase() + mark + capitalized(rest, of);
    }
    const scottish = /^mc(\p{L}{3}.*)$/u.exec(part);
    if (scottish) return `Mc${capitalized(scottish[1] ?? '', of)}`;
    // Initials: "j.r.r." → "J.R.R."
    if (/^(\p{L}\.)+\p{L}?$/u.test(part)) return part.toLocaleUpperCase(of);
    return capitalized(part, of);
  });
  return opening + done.join('-');
}
