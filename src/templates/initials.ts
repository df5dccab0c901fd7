import { composeText } from './clean-text.js';

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Parts of names that nobody abbreviates by: particles, titles, forms of companies. */
const PARTICLES = new Set(
  'van der den de del della di da do dos das du von vom zu zum zur af av la le les el al bin bint ibn ben the of and und et y e'.split(
    ' ',
  ),
);
const TITLES = new Set('mr mrs ms miss mx dr prof herr frau sir dame jr sr phd'.split(' '));
const COMPANY_FORMS = new Set(
  'inc ltd llc llp plc gmbh ag kg ug se sa sas sarl srl spa bv nv ab oy as aps corp co'.split(' '),
);

/** One sign stands for a whole name here; two would read as a word, or join into another shape. */
const SINGLE_SIGN_SCRIPTS =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Syriac}]/u;

function firstGrapheme(text: string): string {
  for (const { segment } of graphemes.segment(text)) return segment;
  return '';
}

/** The first letter in capitals, where its capital is one sign ("ß" has none). */
function capital(word: string): string {
  const letter = firstGrapheme(word);
  const upper = letter.toUpperCase();
  return firstGrapheme(upper) === upper ? upper : letter;
}

/** By hand: `[…]+$` takes quadratic time on a long run that does not end the word. */
function bareWord(word: string): string {
  const start = word.search(/[\p{L}\p{N}]/u);
  if (start === -1) return '';
  const characters = Array.from(word.slice(start));
  const last = characters.findLastIndex((character) => /[\p{L}\p{N}\p{M}]/u.test(character));
  return characters.slice(0, last + 1).join('');
}

/** "Berg, Anna" is Anna Berg; "Acme, Inc." is not. */
function inSpokenOrder(name: string): string {
  const [family = '', given = '', ...more] = name.split(',').map((part) => part.trim());
  if (family === '' || given === '' || more.length > 0) return name;
  const rest = bareWord(given).toLowerCase().replaceAll('.', '');
  return COMPANY_FORMS.has(rest) || TITLES.has(rest) ? family : `${given} ${family}`;
}

function withoutMinorWords(words: string[]): string[] {
  const isMinor = (word: string, index: number) => {
    const plain = word.toLowerCase().replaceAll('.', '');
    if (TITLES.has(plain)) return true;
    if (COMPANY_FORMS.has(plain)) return index > 0;
    // "De Niro" keeps its capital: only particles in lower case are skipped.
    return PARTICLES.has(word);
  };
  const major = words.filter((word, index) => !isMinor(word, index));
  return major.length > 0 ? major : words;
}

/**
 * At most two graphemes that stand for a name, or '' where there is nothing to take them from.
 * "van der Berg, Anna" is AB, "山田太郎" is 山, "Dr. José Ortega y Gasset" is JG, "🚀" is itself.
 */
export function initialsOf(name: string): string {
  const address = /^\s*([^\s@]+)@[^\s@]+\s*$/.exec(name)?.[1]?.replaceAll(/[._+-]+/g, ' ');
  const spoken = inSpokenOrder(composeText(address ?? name));
  const words = withoutMinorWords(
    spoken
      .split(/[\s\u200b/|]+/u)
      .map(bareWord)
      .filter((word) => word !== ''),
  );
  const [first] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) {
    // No letters at all: an emoji stands for itself, punctuation for nothing.
    const sign = firstGrapheme(name.trim());
    return /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(sign) ? sign : '';
  }
  if (words.length === 1 || SINGLE_SIGN_SCRIPTS.test(first)) return capital(first);
  return `${capital(first)}${capital(last)}`;
}
