import { remembered } from '../lib/remembered.js';
import { decodeBytes } from './decode-text.js';
import { type EastAsian, eastAsianShare } from './east-asian-letters.js';
import { letterShares } from './letter-shares.js';

interface CodePage {
  encoding: string;
  /** Of `letterShares`. */
  languages: string[];
  /** How much less usual such files are than those of Windows-1252, as a logarithm. */
  rarity: number;
}

const LATIN = ['names', 'de', 'fr', 'es', 'pt', 'it', 'sv', 'da', 'fi', 'is', 'sq'];
const CENTRAL = ['names', 'central', 'pl', 'cs', 'sk', 'hu', 'ro', 'hr', 'de', 'sq'];
const CYRILLIC = ['ru', 'uk', 'bg', 'sr', 'be'];

const CODE_PAGES: CodePage[] = [
  { encoding: 'windows-1252', languages: LATIN, rarity: 0 },
  { encoding: 'windows-1250', languages: CENTRAL, rarity: 2.1 },
  { encoding: 'windows-1251', languages: CYRILLIC, rarity: 1.6 },
  { encoding: 'windows-1253', languages: ['el'], rarity: 1.6 },
  { encoding: 'windows-1254', languages: ['tr', 'de', 'fr', 'names'], rarity: 2.1 },
  { encoding: 'windows-1255', languages: ['he'], rarity: 1.6 },
  { encoding: 'windows-1256', languages: ['ar', 'fr'], rarity: 2.6 },
  { encoding: 'windows-1257', languages: ['lt', 'lv', 'et', 'baltic', 'names'], rarity: 4.6 },
  { encoding: 'windows-1258', languages: ['vi', 'fr'], rarity: 4.1 },
  { encoding: 'windows-874', languages: ['th'], rarity: 2.1 },
  { encoding: 'macintosh', languages: LATIN, rarity: 3.1 },
  { encoding: 'cp850', languages: LATIN, rarity: 3.6 },
  { encoding: 'cp852', languages: CENTRAL, rarity: 4.6 },
  { encoding: 'cp866', languages: CYRILLIC, rarity: 3.6 },
  { encoding: 'koi8-r', languages: CYRILLIC, rarity: 3.6 },
  { encoding: 'iso-8859-2', languages: CENTRAL, rarity: 3.6 },
  { encoding: 'iso-8859-5', languages: CYRILLIC, rarity: 6.6 },
  { encoding: 'iso-8859-7', languages: ['el'], rarity: 4.1 },
  { encoding: 'maccyrillic', languages: CYRILLIC, rarity: 6.6 },
];

const EAST_ASIAN: { encoding: string; language: EastAsian; rarity: number }[] = [
  { encoding: 'shift_jis', language: 'ja', rarity: 1.6 },
  { encoding: 'euc-jp', language: 'ja', rarity: 4.6 },
  { encoding: 'gb18030', language: 'zh', rarity: 1.6 },
  { encoding: 'big5', language: 'tw', rarity: 2.1 },
  { encoding: 'euc-kr', language: 'ko', rarity: 1.6 },
];

/** Of one ASCII character among text; East Asian encodings use some of these bytes up. */
const LOG_ASCII = Math.log(1 / 30);
/** A letter of the same script that the language does not have, as in a foreign name. */
const FOREIGN = Math.log(2e-4);
const OTHER_SCRIPT = Math.log(1e-6);
const USUAL_MARK = Math.log(1e-2);
/** `¤`, `¬`, frames of tables: nobody writes them. */
const ODD_MARK = Math.log(1e-5);
const NO_CHARACTER = Math.log(1e-9);
/** A capital within a word, or a mark between two letters. */
const MISPLACED = Math.log(1e-2);
const CAPITAL = Math.log(0.15);
/** Latin letters beyond ASCII rarely stand side by side. */
const SIDE_BY_SIDE = Math.log(0.15);

const USUAL_MARKS = new Set('’‘“”„–—…«»€£©®°²³½·•™§¡¿ºª´№\u00a0‚‹›');
/** No word begins with them. */
const NEVER_FIRST = new Set('©®™°²³½§•');
/** Bytes of East Asian characters look like these beside a letter. */
const ODD_NEIGHBOURS = new Set('^~`|\\{}[]@<>');
/** Languages that are rarer than the others of their code page, as logarithms. */
const RARE_LANGUAGES: Record<string, number> = { is: 2.5, sq: 2, hr: 0.7, be: 1 };
/** These may stand between two letters. */
const WITHIN_WORDS = new Set('’‘·–—´\u00a0');

interface Guess {
  encoding: string;
  text: string;
  score: number;
}

interface CharFacts {
  isLetter: boolean;
  isMark: boolean;
  isSmall: boolean;
  isCapital: boolean;
  script: string;
}

const SCRIPTS: [name: string, script: RegExp][] = [
  ['latin', /\p{Script=Latin}/u],
  ['cyrillic', /\p{Script=Cyrillic}/u],
  ['greek', /\p{Script=Greek}/u],
  ['hebrew', /\p{Script=Hebrew}/u],
  ['arabic', /\p{Script=Arabic}/u],
  ['thai', /\p{Script=Thai}/u],
];

const MAX_FACTS = 5_000;

/** Remembered: they are asked for some characters many thousand times. */
const factsOf = remembered(
  MAX_FACTS,
  (char): CharFacts => ({
    isLetter: /[\p{L}\p{M}]/u.test(char),
    isMark: /\p{M}/u.test(char),
    isSmall: /\p{Ll}/u.test(char),
    isCapital: /\p{Lu}/u.test(char),
    // Marks that any script uses have none of their own.
    script: SCRIPTS.find(([, script]) => script.test(char))?.[0] ?? 'other',
  }),
);

/** What is wrong with a character beyond ASCII where it stands, whatever the language. */
function placeScore(before: string, char: string, after: string): number {
  const [left, own, right] = [factsOf(before), factsOf(char), factsOf(after)];
  if (!own.isLetter) {
    if (!right.isLetter || WITHIN_WORDS.has(char)) return 0;
    return left.isLetter || NEVER_FIRST.has(char) ? MISPLACED : 0;
  }
  let score = 0;
  if (own.isCapital) {
    if (!left.isCapital && !right.isCapital) score += CAPITAL;
    if (left.isSmall) score += MISPLACED;
  } else if (own.isSmall && right.isCapital) score += MISPLACED;
  if (ODD_NEIGHBOURS.has(before) || ODD_NEIGHBOURS.has(after)) score += MISPLACED;
  if (before >= '\u0080' && left.script === 'latin' && own.script === 'latin') {
    score += SIDE_BY_SIDE;
  }
  const isStrange = ({ isLetter, script }: CharFacts) =>
    isLetter && script !== own.script && script !== 'other' && own.script !== 'other';
  if (isStrange(left) || (!own.isMark && isStrange(right))) score += OTHER_SCRIPT;
  return score;
}

function markScore(char: string): number {
  if (char === '\ufffd' || /\p{Cc}/u.test(char)) return NO_CHARACTER;
  return USUAL_MARKS.has(char) ? USUAL_MARK : ODD_MARK;
}

/** The likelihood of a text in the language of a code page that fits it best. */
function scoreText(text: string, languages: string[]): number {
  const tables = languages.flatMap((language) => letterShares.get(language) ?? []);
  const scripts = tables.map((table) => factsOf([...table.keys()][0] ?? '').script);
  const sums = languages.map((language) => -(RARE_LANGUAGES[language] ?? 0));
  let common = 0;
  const characters = [...text];
  characters.forEach((char, at) => {
    if (char < '\u0080') {
      common += LOG_ASCII;
      return;
    }
    common += placeScore(characters[at - 1] ?? '', char, characters[at + 1] ?? '');
    const { isLetter, script } = factsOf(char);
    if (!isLetter) {
      common += markScore(char);
      return;
    }
    const letter = char.toLowerCase();
    tables.forEach((table, index) => {
      const share = table.get(letter);
      const strange = scripts[index] === script ? FOREIGN : OTHER_SCRIPT;
      sums[index] = (sums[index] ?? 0) + (share === undefined ? strange : Math.log(share));
    });
  });
  return common + Math.max(...sums);
}

function scoreEastAsian(text: string, language: EastAsian): number {
  const share = eastAsianShare(language);
  let score = 0;
  for (const char of text) {
    if (char < '\u0080') score += LOG_ASCII;
    else if (char === '\ufffd') score += NO_CHARACTER;
    else score += Math.log(share(char));
  }
  return score;
}

/** Odds of 15 to 1 between the two likeliest texts. */
const LEAST_LEAD = Math.log(15);
/** Per byte beyond ASCII: below it the text is nonsense in every code page. */
const LEAST_SCORE = Math.log(2e-4);

export interface CodePageGuess {
  encoding: string;
  isCertain: boolean;
}

/**
 * The code page in which bytes that are no UTF-8 make the likeliest text. Not certain: another text
 * is nearly as likely, or none is likely at all.
 */
export function guessCodePage(bytes: Buffer): CodePageGuess {
  const guesses: Guess[] = [
    ...CODE_PAGES.map(({ encoding, languages, rarity }) => {
      const text = decodeBytes(bytes, encoding);
      return { encoding, text, score: scoreText(text, languages) - rarity };
    }),
    ...EAST_ASIAN.map(({ encoding, language, rarity }) => {
      const text = decodeBytes(bytes, encoding);
      return { encoding, text, score: scoreEastAsian(text, language) - rarity };
    }),
  ].sort((a, b) => b.score - a.score);
  const [best, ...others] = guesses;
  if (!best) return { encoding: 'windows-1252', isCertain: false };
  const next = others.find(({ text }) => text !== best.text);
  const high = bytes.filter((byte) => byte >= 0x80).length;
  const ascii = bytes.length - high;
  const isLikely = best.score - ascii * LOG_ASCII >= high * LEAST_SCORE;
  const isFirst = best.score - (next?.score ?? -Infinity) >= LEAST_LEAD;
  return { encoding: best.encoding, isCertain: isLikely && isFirst };
}
