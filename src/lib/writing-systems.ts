/*
 * The scripts that texts may be written in, and the Noto families that draw each. Chromium's own
 * fallback takes whatever font has the first letter of a word, and some fonts have a few letters of
 * a neighbour's script (Noto Sans Grantha those of Tamil): the marks of such a word are empty boxes.
 * So every family is named.
 */

export interface WritingSystem {
  /** As Unicode calls it: what `\p{Script=…}` takes. */
  script: string;
  /** Families without and with serifs, the fitting one first. */
  sans: readonly string[];
  serif: readonly string[];
  /** Words with the marks of the script, for a test of what a machine can draw. */
  sample: string;
  /** Of daily use by many (UAX #31, "recommended"): a machine should have a font for it. */
  isCommon: boolean;
}

type Has = 'sans' | 'serif' | 'both';

function noto(script: string, has: Has, sample: string, name = script): WritingSystem {
  const spaced = name.replaceAll('_', ' ');
  const sans = has === 'serif' ? [] : [`Noto Sans ${spaced}`];
  const serif = has === 'sans' ? [] : [`Noto Serif ${spaced}`];
  return { script, sans, serif, sample, isCommon: false };
}

function common(script: string, has: Has, sample: string, name = script): WritingSystem {
  return { ...noto(script, has, sample, name), isCommon: true };
}

/** The base families, which draw what the design's own fonts lack of these. */
function base(script: string, sample: string): WritingSystem {
  return { script, sans: ['Noto Sans'], serif: ['Noto Serif'], sample, isCommon: true };
}

/** Written with the Han faces, of which there is one for each region. */
function han(script: string, sample: string): WritingSystem {
  return {
    script,
    sans: ['Noto Sans CJK SC'],
    serif: ['Noto Serif CJK SC'],
    sample,
    isCommon: true,
  };
}

/** Every living script, and those that are still learnt and printed. */
export const writingSystems: readonly WritingSystem[] = [
  base('Latin', 'Ŵŷ Ễnh Ọ̀ɓɛ'),
  base('Greek', 'Ἑλλάς ΐΰ'),
  base('Cyrillic', 'Їжак ғылым ӝ'),
  han('Han', '汉字 漢字'),
  han('Hiragana', 'ひらがな'),
  han('Katakana', 'カタカナ'),
  han('Hangul', '한국어 뛟'),
  han('Bopomofo', 'ㄅㄆㄇ ㄓㄨˋ'),
  {
    ...common('Arabic', 'sans', 'مُحَمَّد پچژگ ےٹ'),
    serif: ['Noto Naskh Arabic'],
  },
  common('Armenian', 'both', 'Հայերեն և'),
  common('Bengali', 'both', 'শ্রী ক্ষুদ্র বাংলা'),
  common('Devanagari', 'both', 'मन्त्रार्थाः हिन्दी'),
  common('Ethiopic', 'both', 'አማርኛ ሠላም'),
  common('Georgian', 'both', 'ქართული ᲥᲐ'),
  common('Gujarati', 'both', 'શ્રી ગુજરાતી'),
  common('Gurmukhi', 'both', 'ਪੰਜਾਬੀ ਸ੍ਰੀ'),
  common('Hebrew', 'both', 'בְּרֵאשִׁ֖ית בָּרָ֣א'),
  common('Kannada', 'both', 'ಶ್ರೀ ಕನ್ನಡ'),
  common('Khmer', 'both', 'ភាសាខ្មែរ ក្រុង'),
  common('Lao', 'both', 'ພາສາລາວ ນ້ຳ'),
  common('Malayalam', 'both', 'ശ്രീ മലയാളം'),
  common('Myanmar', 'both', 'မြန်မာ ဖွံ့ဖြိုး'),
  common('Oriya', 'sans', 'ଓଡ଼ିଆ ଶ୍ରୀ'),
  common('Sinhala', 'both', 'ශ්‍රී සිංහල'),
  common('Tamil', 'both', 'வேளாண் பெரியார் ஸ்ரீ'),
  common('Telugu', 'both', 'తెలుగు శ్రీ'),
  common('Thaana', 'sans', 'ދިވެހި'),
  common('Thai', 'both', 'ที่นี่ ภาษาไทย น้ำ'),
  common('Tibetan', 'serif', 'བསྒྲུབས་ བོད་ཡིག'),
  noto('Adlam', 'sans', '𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞥄𞤪'),
  noto('Ahom', 'serif', '𑜒𑜑𑜪𑜨'),
  noto('Balinese', 'both', 'ᬩᬮᬶ ᬩᬲ᭄ᬢᬶ'),
  noto('Bamum', 'sans', 'ꚠꛐꛄꛂ'),
  noto('Bassa_Vah', 'sans', '𖫞𖫪𖫰𖫔'),
  noto('Batak', 'sans', 'ᯅᯖᯂ᯲ ᯐᯬ'),
  noto('Buginese', 'sans', 'ᨅᨔ ᨕᨘᨁᨗ'),
  noto('Buhid', 'sans', 'ᝊᝓᝑᝒᝇ'),
  noto('Canadian_Aboriginal', 'sans', 'ᐃᓄᒃᑎᑐᑦ'),
  noto('Chakma', 'sans', '𑄌𑄋𑄴𑄟𑄳𑄦'),
  noto('Cham', 'sans', 'ꨌꩌ ꨀꨇꩉ'),
  noto('Cherokee', 'sans', 'ᏣᎳᎩ ꮳꮃꭹ'),
  noto('Coptic', 'sans', 'ⲙⲉⲧⲣⲉⲙ̀ⲛⲭⲏⲙⲓ'),
  noto('Deseret', 'sans', '𐐔𐐯𐑅𐐨𐑉𐐯𐐻'),
  noto('Dogra', 'serif', '𑠖𑠵𑠌𑠤𑠮'),
  noto('Gunjala_Gondi', 'sans', '𑵶𑶍𑶕𑵶𑶓'),
  noto('Hanifi_Rohingya', 'sans', '𐴌𐴗𐴥𐴝𐴙𐴚𐴒𐴙𐴝'),
  noto('Hanunoo', 'sans', 'ᜱᜨᜳᜨᜳᜢ'),
  noto('Javanese', 'sans', 'ꦗꦮ ꦧꦱꦗꦮꦶ'),
  noto('Kaithi', 'sans', '𑂍𑂶𑂟𑂲'),
  noto('Kawi', 'sans', '𑼒𑼮𑼶'),
  noto('Kayah_Li', 'sans', 'ꤊꤢꤛꤢ꤭'),
  noto('Khojki', 'both', '𑈉𑈲𑈐𑈈𑈮'),
  noto('Khudawadi', 'sans', '𑊻𑋩𑋣𑋏𑋠'),
  noto('Lepcha', 'sans', 'ᰛᰩᰴ ᰕᰧᰶ'),
  noto('Limbu', 'sans', 'ᤕᤰᤌᤢᤱ'),
  noto('Lisu', 'sans', 'ꓡꓲꓢꓴ'),
  noto('Mandaic', 'sans', 'ࡌࡀࡍࡃࡀ'),
  noto('Masaram_Gondi', 'sans', '𑴎𑴽𑵀𑴘𑴳'),
  noto('Medefaidrin', 'sans', '𖹀𖹡𖹢'),
  noto('Meetei_Mayek', 'sans', 'ꯃꯤꯇꯩ ꯃꯌꯦꯛ'),
  noto('Mende_Kikakui', 'sans', '𞠀𞠁𞠂'),
  noto('Miao', 'sans', '𖼐𖽘𖼀𖽺'),
  noto('Modi', 'sans', '𑘦𑘻𑘚𑘲'),
  noto('Mongolian', 'sans', 'ᠮᠣᠩᠭᠣᠯ'),
  noto('Mro', 'sans', '𖩃𖩐𖩋'),
  noto('Nag_Mundari', 'sans', '𞓕𞓟𞓨𞓜𞓕', 'NagMundari'),
  noto('New_Tai_Lue', 'sans', 'ᦅᧄᦺᦑᦟᦹᧉ'),
  noto('Newa', 'sans', '𑐣𑐾𑐰𑐵𑑅'),
  noto('Nko', 'sans', 'ߒߞߏ ߓߊߞߊ߲', 'NKo'),
  noto('Nushu', 'sans', '𛆁𛈬'),
  {
    ...noto('Nyiakeng_Puachue_Hmong', 'serif', '𞄀𞄄𞄰𞄩', 'NP_Hmong'),
    serif: ['Noto Serif NP Hmong', 'Noto Serif Hmong Nyiakeng'],
  },
  noto('Ol_Chiki', 'sans', 'ᱥᱟᱱᱛᱟᱲᱤ'),
  noto('Osage', 'sans', '𐓏𐓘𐓻𐓘𐓻𐓟'),
  noto('Osmanya', 'sans', '𐒋𐒘𐒈𐒑𐒛𐒒𐒕𐒀'),
  noto('Pahawh_Hmong', 'sans', '𖬖𖬰𖬝𖬵'),
  noto('Pau_Cin_Hau', 'sans', '𑫀𑫁𑫵'),
  noto('Rejang', 'sans', 'ꤰꥇꤽꥍ'),
  noto('Samaritan', 'sans', 'ࠔࠌࠓࠉࠌ'),
  noto('Saurashtra', 'sans', 'ꢱꣃꢬꢵꢰ꣄ꢜ꣄ꢬ'),
  noto('Sharada', 'sans', '𑆯𑆳𑆫𑆢𑆳'),
  noto('Shavian', 'sans', '𐑖𐑱𐑝𐑾𐑯'),
  noto('SignWriting', 'sans', '𝠀𝠁'),
  noto('Sora_Sompeng', 'sans', '𑃐𑃑𑃒'),
  noto('Sundanese', 'sans', 'ᮘᮞ ᮞᮥᮔ᮪ᮓ'),
  noto('Syloti_Nagri', 'sans', 'ꠍꠤꠟꠐꠤ'),
  noto('Syriac', 'sans', 'ܠܫܢܐ ܣܘܪܝܝܐ'),
  noto('Tagalog', 'sans', 'ᜆᜄᜎᜓᜄ᜔'),
  noto('Tagbanwa', 'sans', 'ᝦᝪᝯᝲ'),
  noto('Tai_Le', 'sans', 'ᥖᥭᥰᥘᥫᥴ'),
  noto('Tai_Tham', 'sans', 'ᨲᩫ᩠ᩅᨾᩮᩬᩥᨦ'),
  noto('Tai_Viet', 'sans', 'ꪼꪕꪒꪾ'),
  noto('Takri', 'sans', '𑚔𑚭𑚊𑚤𑚯'),
  noto('Tangsa', 'sans', '𖩰𖩱𖩲'),
  noto('Tifinagh', 'sans', 'ⵜⵉⴼⵉⵏⴰⵖ'),
  noto('Tirhuta', 'sans', '𑒞𑒱𑒩𑒯𑒳𑒞𑒰'),
  noto('Toto', 'serif', '𞊒𞊪𞊒𞊪'),
  noto('Vai', 'sans', 'ꕙꔤ'),
  noto('Vithkuqi', 'serif', '𐕰𐖠𐖵'),
  noto('Wancho', 'sans', '𞋒𞋀𞋉𞋃'),
  noto('Warang_Citi', 'sans', '𑢹𑣗𑣁𑣓'),
  noto('Yezidi', 'serif', '𐺀𐺁𐺂'),
  noto('Yi', 'sans', 'ꆈꌠꉙ'),
];

/** The name of a script as people write it. */
export function scriptName({ script }: Pick<WritingSystem, 'script'>): string {
  if (script === 'Nko') return "N'Ko";
  return script.replaceAll('_', ' ');
}

const patterns = writingSystems.map(({ script }) => {
  try {
    return new RegExp(`\\p{Script=${script}}`, 'u');
  } catch {
    // Younger than the Unicode of this Node.
    return undefined;
  }
});

/** Families without serifs that draw the scripts of a text; none for a text in Latin letters. */
export function facesFor(text: string): string[] {
  const isJapanese = /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text);
  const isKorean = !isJapanese && /\p{Script=Hangul}/u.test(text);
  const faces = writingSystems
    .filter(({ script }, i) => script !== 'Latin' && patterns[i]?.test(text))
    .flatMap(({ sans, serif }) => (sans.length > 0 ? sans : serif));
  if (!isJapanese && !isKorean) return [...new Set(faces)];
  return [...new Set(faces.map((face) => face.replace(/ SC$/, isJapanese ? ' JP' : ' KR')))];
}
