import { writingSystems } from '../../src/lib/writing-systems.js';

/** A text to be drawn: letters that reach far up and far down, and the language where one is needed. */
export interface SweepText {
  name: string;
  text: string;
  locale?: string;
}

/** Where marks pile up, or the font has to be chosen by more than the letters. */
const marked: readonly SweepText[] = [
  { name: 'accents', text: 'Ångström Éclair gypqj' },
  { name: 'capitals', text: 'ÅNGSTRÖM ÉCLAIR ÇÜÑ' },
  { name: 'Vietnamese', text: 'Ễnh Ương gậy Ổ Gà' },
  { name: 'Vietnamese capitals', text: 'ỄNH ƯƠNG GẬY Ổ GÀ' },
  { name: 'Yoruba', text: 'Ọ̀yẹ́ Ẹ̀gbẹ́ jẹ́' },
  { name: 'Thai tones', text: 'ที่ปู่ น้ำฎุ ผู้ใหญ่' },
  { name: 'Lao tones', text: 'ທີ່ປູ່ ນ້ຳ ຜູ້' },
  { name: 'Khmer stacks', text: 'ស្ត្រី ខ្ញុំ ក្រុង' },
  { name: 'Burmese stacks', text: 'ဖွံ့ဖြိုး ကြီး စွန့်' },
  { name: 'Tibetan stacks', text: 'བསྒྲུབས་ རྒྱུད་ ལྷག་' },
  { name: 'Nastaliq', text: 'پاکستان ٹیکنالوجی میں', locale: 'ur' },
  { name: 'harakat', text: 'مُحَمَّدٌ إِلَى عَلِيٍّ' },
  { name: 'cantillation', text: 'בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים' },
  { name: 'Devanagari clusters', text: 'मन्त्रार्थाः बुद्धि ट्रॉफ़ी' },
  { name: 'Bengali clusters', text: 'ক্ষুদ্র শিল্পের জ্ঞান' },
  { name: 'Tamil signs', text: 'விருக்ஷூ வெற்றி ஸ்ரீ' },
  { name: 'Malayalam stacks', text: 'ശ്രീ ക്ര മലയാളം' },
  { name: 'Hanzi', text: '永字鬱 國際會議', locale: 'zh-TW' },
  { name: 'Kanji', text: '直骨角 ジョン・スミス', locale: 'ja' },
  { name: 'chosen forms', text: '葛\u{e0100}飾 神\ufa19 邉\u{e0101}', locale: 'ja' },
  { name: 'emoji', text: 'Zoë 👩🏽‍🚀🇧🇷 🎉 gyp' },
  { name: 'keycaps and hearts', text: '1️⃣ ❤️‍🔥 👨‍👩‍👧‍👦 Äg' },
];

/** `isAll`: scripts that few write today, too. */
export function sweepTexts(isAll: boolean): SweepText[] {
  const systems = writingSystems.filter(({ isCommon }) => isAll || isCommon);
  return [...systems.map(({ script, sample }) => ({ name: script, text: sample })), ...marked];
}
