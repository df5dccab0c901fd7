import { graphemeCount } from '../templates/clean-text.js';

/* What people really put into text fields, one kind of trouble each. */

export interface TextTrouble {
  name: string;
  /** What it stands for, in a few words; shown in reports. */
  about: string;
  /** For fields that hold sentences, repeated until the field is full enough. */
  sentences: string;
  /** For fields too short for a sentence: a name, a word or two. */
  short: string;
  /** Share of `max_length` that is filled; 1 is all of it. Absent: the text is taken once. */
  fill?: number;
  /** Writes in this language; choices such as `ar` or `zh-TW` are set to it. */
  language?: string;
  /** Marks that stack on letters: no font is expected to have all of them. */
  mayMissGlyphs?: true;
}

const TYPICAL_SHARE = 0.7;

export const textTroubles: readonly TextTrouble[] = [
  {
    name: 'long',
    about: 'every text as long as it may be',
    sentences:
      'Everything we learned while rebuilding a small payments platform for three million patient customers across eleven countries, two currencies and one very old mainframe. ',
    short: 'International Association of Independent Publishing Houses & Bookshops ',
    fill: 1,
  },
  {
    name: 'long_word',
    about: 'words without a place to break',
    sentences:
      'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz ',
    short: 'Kraftfahrzeughaftpflichtversicherungsgesellschaft ',
    fill: TYPICAL_SHARE,
  },
  { name: 'one_letter', about: 'a single letter', sentences: 'Q', short: 'Q' },
  {
    name: 'capitals',
    about: 'all in capitals, with accents above',
    sentences: 'ÅNGSTRÖM & ÉCLAIR: WHY WE MOVED OUR WHOLE DESIGN SYSTEM OVER ONE WEEKEND. ',
    short: 'ÉMILIE ÅSTRÖM-WAGNER ',
    fill: TYPICAL_SHARE,
  },
  {
    name: 'lower_case',
    about: 'all in small letters, with descenders',
    sentences: 'why my graph query, again, jogged every page of type: a gloomy typography story. ',
    short: 'peggy jongqvist-young ',
    fill: TYPICAL_SHARE,
  },
  {
    name: 'emoji',
    about: 'emoji: families, skin tones, flags',
    sentences:
      '👩🏽‍🚀🚀 We shipped on a Friday 🎉 and nothing broke 🤞🏾 greetings from 🇧🇷 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👨‍👩‍👧‍👦 ❤️‍🔥 ',
    short: '🪐 Zoë 🌈 ',
    fill: 0.5,
  },
  {
    name: 'arabic',
    about: 'right to left, Arabic, with a Latin name within',
    sentences:
      'العمارة الهادئة للبرمجيات التي تدوم: ما تعلّمناه من صيانة نظام Cardpress واحد طوال عشرين عامًا. ',
    short: 'ليلى عبد الرحمن الخطيب ',
    fill: TYPICAL_SHARE,
    language: 'ar',
  },
  {
    name: 'hebrew',
    about: 'right to left, Hebrew, with numbers',
    sentences: 'הארכיטקטורה השקטה של תוכנה שמחזיקה מעמד: 20 שנה של תחזוקה ולקח אחד. ',
    short: 'נועה בן־דוד (אדריכלית) ',
    fill: TYPICAL_SHARE,
    language: 'he',
  },
  {
    name: 'chinese',
    about: 'Chinese, without spaces',
    sentences:
      '经得起时间考验的软件，往往有着安静的架构：我们在二十年间维护同一个系统所学到的事情。',
    short: '欧阳静宜设计工作室',
    fill: TYPICAL_SHARE,
    language: 'zh',
  },
  {
    name: 'japanese',
    about: 'Japanese, three scripts at once',
    sentences: '長く使われるソフトウェアの静かな設計。二十年間ひとつのシステムを守って学んだこと。',
    short: '株式会社ひかりデザイン',
    fill: TYPICAL_SHARE,
    language: 'ja',
  },
  {
    name: 'korean',
    about: 'Korean',
    sentences: '오래가는 소프트웨어의 조용한 건축: 한 시스템을 이십 년 동안 돌보며 배운 것들. ',
    short: '김하늘 디자인 연구소 ',
    fill: TYPICAL_SHARE,
    language: 'ko',
  },
  {
    name: 'vietnamese',
    about: 'two marks on one letter',
    sentences: 'Kiến trúc thầm lặng của những phần mềm bền vững: bài học từ hai mươi năm gìn giữ. ',
    short: 'Nguyễn Thị Ngọc Ánh ',
    fill: TYPICAL_SHARE,
    language: 'vi',
  },
  {
    name: 'devanagari',
    about: 'Hindi, with marks above and below the line',
    sentences: 'टिकाऊ सॉफ़्टवेयर की शांत वास्तुकला: बीस वर्षों तक एक ही प्रणाली को सँभालने से मिली सीख। ',
    short: 'श्रीमती लक्ष्मी त्रिपाठी ',
    fill: TYPICAL_SHARE,
    language: 'hi',
  },
  {
    name: 'combining_marks',
    about: 'letters under a pile of marks',
    sentences: 'Ẑ̸͙a̷̛̤l̴̰̈́g̵̫͝o̶͕͌ was here, and Å̊͟ b̲̅r̲̅o̲̅k̲̅e̲̅n̲̅ h̷e̷a̷d̷l̷i̷n̷e̷ stayed. ',
    short: 'Z̴̡̛a̷̰̍l̶̟̈́g̸̼̽o̵̠͒ ',
    fill: 0.5,
    mayMissGlyphs: true,
  },
  {
    name: 'markup',
    about: 'HTML, entities, quotes and Handlebars, to be shown as written',
    sentences: `<b>Bold</b> & "quoted" 'text' &amp; &lt;script&gt;alert(1)&lt;/script&gt; {{title}} <img src=x> `,
    short: `<i>R&D</i> "A" & 'B' `,
    fill: TYPICAL_SHARE,
  },
];

/** Fields shorter than this hold names and words, no sentences. */
const SENTENCE_FROM = 61;

/** A text that has more than this share to lose keeps its broken last word. */
const WORD_END_FROM = 0.7;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The first `count` graphemes, ending on something visible. */
function cutTo(text: string, count: number): string {
  const parts = Array.from(graphemes.segment(text), ({ segment }) => segment);
  return parts.slice(0, count).join('').trim();
}

/** The trouble as text for a field of at most `maxLength` graphemes. Never longer than that. */
export function troubledText(trouble: TextTrouble, maxLength: number): string {
  const unit = maxLength < SENTENCE_FROM ? trouble.short : trouble.sentences;
  if (trouble.fill === undefined) return cutTo(unit, maxLength);
  const wanted = Math.max(1, Math.round(maxLength * trouble.fill));
  const times = Math.ceil(wanted / graphemeCount(unit));
  const cut = cutTo(unit.repeat(times), wanted);
  if (trouble.fill === 1) return cut;
  // As a writer would end it: after a whole word, where one ends near.
  const lastSpace = cut.lastIndexOf(' ');
  return lastSpace > cut.length * WORD_END_FROM ? cut.slice(0, lastSpace) : cut;
}
