/*
 * How often letters beyond ASCII stand in texts of a language, in percent, roughly. With them a code
 * page is told by likelihood: read with the wrong one, a text has letters that nobody writes.
 */

/** Language → its letters, each with its share. */
const SHARES: Record<string, string> = {
  names:
    'é1 ü.8 ö.6 ä.6 á.5 í.5 ó.5 ñ.4 ç.4 è.3 ã.3 ø.3 å.3 ß.2 ê.2 ô.2 ú.2 à.2 â.1 î.1 ï.1 ë.2 õ.1 ò.1 ù.1 û.1 æ.1 š.03 ž.03 œ.02 ð.02 þ.02 ý.02',
  de: 'ü.65 ä.54 ö.3 ß.37 é.02',
  fr: 'é1.9 è.35 à.5 ê.24 ç.1 â.05 î.06 ô.04 û.06 ù.06 ë.01 ï.01 œ.02',
  es: 'ó.85 í.73 á.5 é.43 ñ.31 ú.17 ü.01',
  pt: 'ã.75 ç.55 á.5 é.45 õ.25 í.3 ó.3 ê.35 â.15 ú.15 à.1 ô.05',
  it: 'è.26 à.64 ù.17 ò.23 é.05 ì.1',
  sv: 'ä1.8 å1.3 ö1.3 é.05',
  da: 'ø1 å1.2 æ.9 é.03',
  fi: 'ä3.6 ö.44 å.01',
  is: 'ð4.4 á1.8 þ1.5 í1.6 æ.9 é.65 ó1 ö.8 ú.6 ý.23',
  pl: 'ł1.8 ą1 ę1.1 ó.85 ż.8 ś.66 ć.4 ń.2 ź.06',
  cs: 'í3.2 á2.2 é1.3 ě1.6 ř1.2 š.8 č1 ž1 ý1 ů.7 ú.1 ň.05 ť.04 ď.04 ó.03',
  sk: 'á1.8 í1 é.9 ý1 č1 š1 ž1 ú.5 ľ.4 ť.7 ň.2 ä.1 ô.2 ď.2 ó.1 ŕ.02 ĺ.02',
  hu: 'á3.5 é3.4 í.7 ó1 ö.8 ő.9 ú.3 ü.6 ű.2',
  ro: 'ă2.3 â.9 î1.4 ş1.5 ţ1.2 ș.3 ț.3',
  hr: 'č1 ć.7 đ.3 š1 ž.5',
  sq: 'ë6 ç.7',
  tr: 'ı5.1 ş1.8 ğ1.1 ç1.2 ü1.9 ö.8 i̇.2 â.05 î.02',
  lt: 'ė1.7 š1.3 į.6 ų1.3 ū.5 ž.8 č.4 ą.7 ę.2',
  lv: 'ā3.9 ī1.7 ē1.7 š1 ž.3 č.2 ņ.6 ū.4 ļ.4 ķ.2 ģ.1',
  et: 'ä1.5 õ1 ü.6 ö.4 š.05 ž.03',
  vi: 'đ2.5 ư2.5 ô1.5 ơ1.5 â1 ê1.5 ă.7 á1.5 à1.5 é.2 í.7 ì.7 ó.4 ò.3 ú.5 ù.4 ý.3 \u03005 \u03013 \u03092 \u03031.5 \u03234',
  ru: 'о10.9 е8.5 а8 и7.4 н6.7 т6.3 с5.5 р4.7 в4.5 л4.4 к3.5 м3.2 д3 п2.8 у2.6 я2 ы1.9 ь1.7 г1.7 з1.65 б1.6 ч1.4 й1.2 х1 ж.9 ш.7 ю.6 ц.5 щ.36 э.3 ф.26 ъ.04 ё.1',
  uk: 'о9.4 а7.2 и6 н6.5 е5 і5.7 т5.5 в5.2 р4.5 с4 л3.6 к3.5 у3.3 д3 м2.8 п2.8 я2.2 з2.2 ь1.8 г1.4 б1.7 ч1.2 х1.1 й1.3 ж.7 ї.7 ц.8 ю.8 ш.7 є.6 щ.4 ф.3 ґ.02',
  bg: 'а12 о9 и9 е8.8 т7 н6.3 р5.2 с4.8 в4.5 л3.4 к3.2 д3.2 п2.9 м2.4 з2 я1.7 ъ1.8 г1.6 б1.4 у1.7 ч1.4 ц.9 щ.7 ж.8 ш.4 й.6 х.6 ф.3 ю.1 ь.03',
  sr: 'а11.5 о9.3 и9.4 е8.8 н5.5 с4.9 р4.8 т4.4 ј4 у4 в3.7 к3.6 л3.3 д3.7 п2.7 м3.6 з1.6 г1.7 б1.5 ч1 ш1 ц.8 ж.6 њ.6 љ.5 ћ.6 ђ.2 џ.04 ф.2 х.5 ѓ.1 ќ.1 ѕ.05',
  be: 'а14 н6.5 і6 о4.5 е5 р4.5 с4.8 т4.2 к4 л4 в3 д3.5 м3 п3 ы4 у3.5 ў1.5 я3.5 з2.5 г2 б1.6 ч1.6 х1.2 ж.9 ш.7 ц2.5 э1.5 й1.2 ю.7 ь1.6 ё.4 ф.2',
  el: 'α10 ο9 ι8 ε8 τ8 ν7 σ5 ρ4.5 κ4 υ4 π4 η4 ς4 μ3.4 λ3 ω2 γ1.7 δ1.7 χ1.2 θ1.2 ό1.8 ά2 έ1.9 ή2 ί3 ύ1.5 ώ1.3 φ1 β.7 ζ.4 ξ.4 ψ.2 ϊ.05 ϋ.02 ΐ.03 ΰ.01',
  he: 'א6 ב5 ג1.3 ד2.4 ה10 ו10 ז1.2 ח2.4 ט1.2 י11 כ2.7 ך.8 ל7 מ4.6 ם3 נ2.8 ן1.3 ס1.5 ע3 פ1.7 ף.2 צ1.2 ץ.1 ק2 ר5.6 ש4.4 ת5',
  ar: 'ا12 ل12 ي7 م6 ن6 و6 ر5 ت4 ب3.5 ه4 ع4 ك2.4 د3 س2.5 ف3 ق2.5 ح2 ة3 أ2 ى1 ش1 ج1.4 خ1 ص1 ض.6 ط.9 ظ.2 ذ1 ث.6 ز.8 غ.5 ئ.4 ء.4 ؤ.1 إ1 آ.2 پ.3 چ.1 ژ.02 گ.3 ک.3 ی.5 ،.3 ؟.05',
  th: 'า8 น7 ร6.5 ก5.5 อ5 ง5 ม4.5 เ4.5 ่5 ย4 ล4 ว4 ้4 ด3.5 ี3.5 ท3.5 ส3.3 ั3.3 ต3 ิ3 ะ2.5 ค2.5 ห2.5 ป2.3 บ2.2 แ2.2 จ2 ไ2 ข1.6 พ1.6 ุ1.6 ช1.5 ใ1.3 ็1.3 โ1.2 ื1.2 ถ1.1 ู1.1 ณ.8 ศ.8 ์1.3 ผ.7 ำ1.2 ึ.8 ธ.6 ญ.4 ซ.5 ภ.5 ษ.4 ฐ.2 ฟ.3 ฝ.2 ฉ.2 ๆ.2 ฎ.05 ฏ.03 ฑ.02 ฒ.03 ฆ.03 ฤ.05 ฬ.03 ฮ.03 ๋.05 ๊.1 ฯ.02',
};

/** Lists of people are of several languages of a region. */
const REGIONS: Record<string, string[]> = {
  central: ['pl', 'cs', 'sk', 'hu', 'ro', 'hr'],
  baltic: ['lt', 'lv', 'et'],
};

/** How much of it is as if all letters were alike: lists of names are no running texts. */
const EVEN = 0.1;

function smoothed(shares: [string, number][]): Map<string, number> {
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  return new Map(
    shares.map(([letter, share]) => [letter, ((1 - EVEN) * share) / sum + EVEN / shares.length]),
  );
}

function readShares(list: string): [string, number][] {
  return list.split(' ').map((entry) => {
    const [letter = ''] = entry.match(/^\P{Nd}(?:\u0307)?(?=[\d.])/u) ?? [];
    return [letter, Number(entry.slice(letter.length))];
  });
}

function regionShares(languages: string[]): [string, number][] {
  const shares = new Map<string, number>();
  for (const language of languages) {
    for (const [letter, share] of readShares(SHARES[language] ?? '')) {
      shares.set(letter, (shares.get(letter) ?? 0) + share);
    }
  }
  return [...shares];
}

/** Each letter's probability among the letters beyond ASCII of its language or region. */
export const letterShares: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  ...Object.entries(SHARES).map(([name, list]) => [name, smoothed(readShares(list))] as const),
  ...Object.entries(REGIONS).map(
    ([name, languages]) => [name, smoothed(regionShares(languages))] as const,
  ),
]);
