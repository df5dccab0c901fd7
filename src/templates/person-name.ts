import { bareLetters, baseLanguage, type Letters, lowered, nameWord } from './name-word.js';

/*
 * Names of people who were typed in one case only. No list of acronyms applies: AI, AN and LI are
 * names. What is small between others depends on the language; the first and the last word of a
 * name never are.
 */

const words = (list: string) => new Set(list.split(' '));

const PARTICLES = words(
  "af and av bin bint binti da das de del dem den der des do dos du et ibn of 't te ten ter the und " +
    'van vom von zu zum zur',
);
/** Small behind another particle alone: "de la Cruz", but "La Rocca" and "Le Roux". */
const ARTICLES = words('la las le les los lo het');
/** Letters that are names' initials elsewhere. */
const LINKS = words('e i y');

/** Italian families write theirs with a capital: "De Luca", "Del Piero". */
const ITALIAN = words('da de del dei della');
const FLEMISH = words('van de');
/** Names of syllables, each with its capital: "Li De Wei", "Nguyen Van An". */
const SYLLABIC = words('vi ko ja zh th km lo my');
const MALAY = words('id ms jv su');
const VIETNAMESE_LETTERS = /[đơư\u1ea0-\u1ef9]/i;
const VIETNAMESE = words(
  'nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly dinh trinh luu mai truong ' +
    'cao lam chau ta thai to ha dao doan luong quach thach kieu',
);
const KOREAN_OR_CHINESE = words(
  'kim lee park choi jung jeong kang cho yoon jang lim han oh seo shin kwon hwang ahn song hong yang ' +
    'ko moon son bae baek heo nam noh ryu yoo jeon li wang zhang liu chen huang zhao wu zhou xu sun ma ' +
    'zhu hu guo he lin gao luo tan wong chan cheung lau leung ng chow',
);
const OF_SYLLABLES = words('da do te van la le');

const IBERIAN_LETTERS = /[áéíóúñãõçâêô]/i;
const IBERIAN = words('de del los las da das do dos');
const IBERIAN_LANGUAGES = words('es pt gl ca eu ast fil tl');

/** Behind a name, as they are written. */
const DEGREES = new Map(
  'PhD MD MBA MSc BSc MPhil DPhil LLB LLM DDS DVM MBE OBE CBE QC KC RN CPA CFA'
    .split(' ')
    .map((degree) => [degree.toUpperCase(), degree]),
);
const NUMERALS = words('II III IV VI VII VIII IX');
/** Words of two consonants that are no initials. */
const NO_INITIALS = words('DR MR MS ST SR JR NG SZ');

function isInitials(core: string): boolean {
  if (NO_INITIALS.has(core)) return false;
  return /^[BCDFGHJKLMNPQRSTVWXZ]{2}$/.test(core) || /^[A-Z]J$/.test(core);
}

interface NameOf {
  language: string | undefined;
  plain: string[];
  isIberian: boolean;
  /** All of it is of syllables, or it may be by its first word. */
  syllabic: 'yes' | 'maybe' | 'no';
}

function nameOf(plain: string[], language: string | undefined): NameOf {
  const base = baseLanguage(language);
  const [first = '', second = ''] = plain.map((word) =>
    word.normalize('NFD').replace(/\p{M}/gu, ''),
  );
  const text = plain.join(' ');
  const isIberian =
    (base !== undefined && IBERIAN_LANGUAGES.has(base)) ||
    IBERIAN_LETTERS.test(text) ||
    plain.slice(1, -1).some((word) => IBERIAN.has(word) && word !== 'do');
  const mayBe =
    (VIETNAMESE.has(first) && (second === 'van' || second === 'thi')) ||
    (KOREAN_OR_CHINESE.has(first) && plain.length <= 3 && plain.every((word) => word.length < 7));
  const isSyllabic = (base !== undefined && SYLLABIC.has(base)) || VIETNAMESE_LETTERS.test(text);
  return { language, plain, isIberian, syllabic: isSyllabic ? 'yes' : mayBe ? 'maybe' : 'no' };
}

/** Whether the word at `index` stands in small letters, wherever it is. */
function isParticle({ language, plain, isIberian, syllabic }: NameOf, index: number): boolean {
  const word = plain[index] ?? '';
  const base = baseLanguage(language);
  if (syllabic === 'yes' || (syllabic === 'maybe' && OF_SYLLABLES.has(word))) return false;
  if (base !== undefined && MALAY.has(base)) return /^bin(?:ti)?$/.test(word);
  if (base === 'it' && ITALIAN.has(word)) return false;
  if (language?.toLowerCase() === 'nl-be' && FLEMISH.has(word)) return false;
  if (LINKS.has(word)) return isIberian || base === 'it';
  if (word === 'do') return isIberian;
  if (!ARTICLES.has(word)) return PARTICLES.has(word);
  const before = plain[index - 1] ?? '';
  return base !== 'fr' && (before === 'de' || before === 'y' || before === 'e' || before === 'van');
}

/** French keeps "d'" small: "Jeanne d'Arc", but "Beverly D'Angelo". */
function withSmallD(word: string, isFirst: boolean, language: string | undefined): string {
  const base = baseLanguage(language);
  const isSmall = base !== undefined && ['fr', 'ca', 'oc', 'pt', 'es'].includes(base);
  return !isFirst && isSmall ? word.replace(/^D(?=['’])/, 'd') : word;
}

/**
 * A name from all capitals or all small letters, with the capitals that it has in its language.
 * "PHẠM THỊ LA" is "Phạm Thị La", "JOSÉ DE LAS HERAS" is "José de las Heras", "JOHN" is "John".
 */
export function personName(text: string, letters: Letters, language: string | undefined): string {
  const parts = text.split(/(\s+)/);
  const given = parts.filter((_, i) => i % 2 === 0);
  const plain = given.map((word) => lowered(word, letters));
  const name = nameOf(plain, language);
  const last = plain.findLastIndex((word) => word !== '');
  const cased = given.map((word, index) => {
    const small = plain[index] ?? '';
    const core = bareLetters(word).toUpperCase();
    const isFirst = index === 0;
    // "DE LA CRUZ, JUAN": what ends with a comma is the last of its part.
    const endsPart = index === last || /,$/.test(word);
    if (!isFirst && !endsPart && isParticle(name, index)) return small;
    const degree = isFirst ? undefined : DEGREES.get(core);
    if (degree !== undefined) return word.toUpperCase().replace(core, degree);
    if (!isFirst && endsPart && NUMERALS.has(core)) return word.toUpperCase();
    if (isInitials(core) && word === word.toUpperCase()) return word;
    const isPart = (part: string) => PARTICLES.has(part) || ARTICLES.has(part);
    return withSmallD(nameWord(small, letters, isPart), isFirst, language);
  });
  return parts.map((part, i) => (i % 2 === 0 ? (cased[i / 2] ?? part) : part)).join('');
}
