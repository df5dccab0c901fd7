import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writingSystems } from '../../../src/lib/writing-systems.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

/*
 * Text in every script: never a silent box, and Han in the forms of its reader. Pixels are compared
 * with those of a page that names its one font itself.
 */

/** By names that the page script does not know: it cannot change what is compared with. */
const FACES = {
  JP: 'NotoSansCJKjp-Regular',
  KR: 'NotoSansCJKkr-Regular',
  SC: 'NotoSansCJKsc-Regular',
  TC: 'NotoSansCJKtc-Regular',
  HK: 'NotoSansCJKhk-Regular',
  Tamil: 'NotoSansTamil-Regular',
  'Serif Tamil': 'NotoSerifTamil-Regular',
  Naskh: 'NotoNaskhArabic-Regular',
  Nastaliq: 'NotoNastaliqUrdu-Regular',
};
const faces = Object.entries(FACES).map(
  ([name, file]) => `@font-face{font-family:"Face ${name}";src:local("${file}")}`,
);
faces.push(
  `@font-face{font-family:"Face Marks";src:local("${FACES.JP}");unicode-range:U+2014,U+2026}`,
);
const template = bareTemplate(
  `${faces.join('\n')}body{background:#fff;color:#000;font:20px/1.5 Inter}p{margin:4px}`,
);

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const p = (text: string, family = 'Inter', field = 'title', more = '') =>
  `<p data-field="${field}" style="font-family:${family}" ${more}>${text}</p>`;

async function told(html: string, code: string): Promise<string[]> {
  const { warnings } = await engine.draw(template, html);
  return warnings.filter((w) => w.code === code).map(({ field }) => field ?? '');
}
const pixels = async (html: string) => (await engine.draw(template, html)).pixels;

async function expectSame(html: string, other: string) {
  expect((await pixels(html)).equals(await pixels(other))).toBe(true);
}
async function expectDifferent(html: string, other: string) {
  expect((await pixels(html)).equals(await pixels(other))).toBe(false);
}

describe('text in any script', () => {
  /** Of 2021 and later: the packages of some systems are older. */
  const YOUNG = ['kawi', 'nag_mundari', 'tangsa', 'toto', 'vithkuqi'];

  it.each(['Inter', 'Fraunces', "'JetBrains Mono',monospace", 'sans-serif', 'serif'])(
    'has no box where the design names %s',
    async (family) => {
      const lines = writingSystems.map(({ script, sample }) =>
        p(sample, family, script.toLowerCase()),
      );
      const missing = await told(lines.join(''), 'glyph_missing');
      expect(missing.filter((script) => !YOUNG.includes(script))).toEqual([]);
    },
  );

  it.each([
    ['Tamil', /[\u0b95-\u0bb9]/u, /[\u0bbe-\u0bcd]/u],
    ['Hebrew', /[\u05d0-\u05ea]/u, /[\u0591-\u05bd]/u],
    ['Devanagari', /[\u0915-\u0939]/u, /[\u0900-\u0903\u093e-\u094d]/u],
    ['Bengali', /[\u0995-\u09b9]/u, /[\u0981-\u0983\u09be-\u09cd]/u],
    ['Myanmar', /[\u1000-\u1020]/u, /[\u102b-\u103e]/u],
    ['Thai', /[\u0e01-\u0e2e]/u, /[\u0e31\u0e34-\u0e3a\u0e47-\u0e4d]/u],
    ['Tibetan', /[\u0f40-\u0f69]/u, /[\u0f71-\u0f7e\u0f90-\u0fb9]/u],
  ])('has no box under any mark of %s', async (_script, letters, marks) => {
    const all = Array.from({ length: 0x1100 }, (_, i) => String.fromCodePoint(i));
    const assigned = all.filter((c) => /[\p{L}\p{M}]/u.test(c));
    const clusters = assigned
      .filter((c) => letters.test(c))
      .flatMap((letter) => assigned.filter((c) => marks.test(c)).map((mark) => letter + mark));
    expect(clusters.length).toBeGreaterThan(100);
    expect(await told(p(clusters.join(' '), 'Fraunces'), 'glyph_missing')).toEqual([]);
  });

  it('draws Tamil in the Tamil font, not in one that has a few of its letters', async () => {
    const word = 'வேலன் பாரதி';
    await expectSame(p(word), p(word, "Inter,'Face Tamil'"));
    await expectSame(p(word, 'Fraunces'), p(word, "Fraunces,'Face Serif Tamil'"));
  });

  it('leaves the fonts that a design has chosen for a script', async () => {
    const word = 'سلام';
    await expectSame(
      p(word, "Inter,'Noto Naskh Arabic','Noto Sans Arabic'"),
      p(word, "Inter,'Face Naskh'"),
    );
  });

  it('leaves a font of the design for a script in front, wherever it stands in the list', async () => {
    const stack = (last: string) => `Inter,'Noto Sans','Face Serif Tamil'${last}`;
    await expectSame(p('வேலன்', stack(',sans-serif')), p('வேலன்', stack('')));
    await expectDifferent(p('வேலன்', stack(',sans-serif')), p('வேலன்'));
  });

  it('draws Urdu in Nastaliq, and Arabic not', async () => {
    const word = 'اردو ہے';
    await expectSame(
      p(word, 'Inter', 'title', 'lang="ur"'),
      p(word, "Inter,'Face Nastaliq'", 'title', 'lang="ur"'),
    );
    await expectDifferent(
      p(word, 'Inter', 'title', 'lang="ur-PK"'),
      p(word, 'Inter', 'title', 'lang="ar"'),
    );
  });

  it.each([
    ['a mark that no font has', 'Cafe\u{1acf}'],
    ['a letter of no font', 'A \u0378 B'],
    ['an emoji newer than the font', 'A face \u{1fae9}\u{1f8ff}'],
    ['a mark on nothing', '\u{1acf}'],
  ])('says that it shows a box for %s', async (_name, text) => {
    expect(await told(p(text), 'glyph_missing')).toEqual(['title']);
  });

  it('says so for bold text as for regular', async () => {
    const html = p('Cafe\u{1acf}').replace('style="', 'style="font-weight:700;font-style:italic;');
    expect(await told(html, 'glyph_missing')).toEqual(['title']);
  });
});

describe('emoji', () => {
  it.each([
    ['a country that has no flag', '\u{1f1fd}\u{1f1fd}'],
    ['a region that has no flag', '\u{1f3f4}\u{e0078}\u{e0078}\u{e0039}\u{e0039}\u{e007f}'],
    ['two that nobody has joined', '\u{1f436}\u200d\u{1f680}'],
    ['a skin that it does not have', '\u{1f436}\u{1f3fd}'],
  ])('are told of where the font shows parts or a blank flag: %s', async (_name, text) => {
    expect(await told(p(`Hello ${text}`), 'emoji_in_parts')).toEqual(['title']);
  });

  it('are not told of where the font has them', async () => {
    const known = '👍🏽 ❤️‍🔥 🏳️‍🌈 🇩🇪 🇹🇼 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣ #️⃣ 👨‍👩‍👧‍👦 ☀️ ☀ 👩🏽‍🚀 🏃‍♀️ 🧑🏻‍🤝‍🧑🏿 ✈ ㊗ © 🀄';
    const { warnings } = await engine.draw(template, p(known));
    const codes = warnings.map(({ code }) => code);
    expect(codes).not.toContain('emoji_in_parts');
    expect(codes).not.toContain('glyph_missing');
  });
});

describe('Han', () => {
  const TEXT = '直骨角今令';
  const han = (text: string, lang: string, stack = "Inter,'Noto Sans CJK SC',sans-serif") =>
    p(text, stack, 'title', lang === '' ? '' : `lang="${lang}"`);
  const in_ = (text: string, face: string, lang: string) => han(text, lang, `Inter,'Face ${face}'`);

  it.each([
    ['ja', 'JP'],
    ['ja-JP', 'JP'],
    ['ko', 'KR'],
    ['zh', 'SC'],
    ['zh-CN', 'SC'],
    ['zh-TW', 'TC'],
    ['zh-Hant', 'TC'],
    ['zh-Hant-TW', 'TC'],
    ['zh-HK', 'HK'],
    ['zh-MO', 'HK'],
    ['yue', 'HK'],
  ])('has the forms of its language: %s', async (lang, face) => {
    await expectSame(han(TEXT, lang), in_(TEXT, face, lang));
    await expectSame(han(TEXT, lang, 'Inter'), in_(TEXT, face, lang));
  });

  it.each([
    ['kana', `${TEXT}かな`, 'ja', 'JP'],
    ['hangul', `${TEXT} 한국`, 'ko', 'KR'],
    ['bopomofo', `${TEXT} ㄓㄨ`, 'zh-Hant', 'TC'],
    ['ideographs of Taiwan', `${TEXT}這說讓`, 'zh-Hant', 'TC'],
    ['ideographs of Japan', `${TEXT}売図駅`, 'ja', 'JP'],
    ['ideographs of mainland China', `${TEXT}这说让`, 'zh-Hans', 'SC'],
    ['a form that was chosen', `${TEXT}祖\u{e0101}`, 'ja', 'JP'],
  ])(
    'has the forms that %s tell, where no language of Han is given',
    async (_name, text, lang, face) => {
      await expectSame(han(text, 'en-US'), in_(text, face, lang));
      await expectSame(han(text, ''), in_(text, face, lang));
    },
  );

  it('has one form on the whole card, where one text tells it', async () => {
    const kana = han('ひらがな', 'en');
    await expectSame(han(TEXT, 'en') + kana, in_(TEXT, 'JP', 'ja') + in_('ひらがな', 'JP', 'ja'));
  });

  it('has the traditional forms where "zh" is given and the text is traditional', async () => {
    await expectSame(han(`${TEXT}這說讓`, 'zh'), in_(`${TEXT}這說讓`, 'TC', 'zh-Hant'));
  });

  it('leaves a Latin text with a word of Han as it is, but for that word', async () => {
    const latin = (text: string, family: string) =>
      p(`“Learning” — ${text} for everybody…`, family, 'title', 'lang="en"');
    await expectSame(latin('売図駅', 'Inter'), latin('売図駅', "Inter,'Face JP'"));
  });

  it('has a middle dot as wide as a kana in Japanese', async () => {
    await expectSame(han('ジョン・スミス', 'ja'), in_('ジョン・スミス', 'JP', 'ja'));
    await expectDifferent(han('ジョン・スミス', 'ja'), han('ジョン·スミス', 'ja'));
  });

  it('takes dashes and ellipses from the face of Han, and Latin letters from the design', async () => {
    const only = (text: string, family: string) => p(`<span lang="ja">${text}</span>`, family);
    const marks = '—…';
    await expectSame(
      only(`かな${marks}`, "Inter,'Noto Sans CJK SC'"),
      only(`かな${marks}`, "'Face Marks',Inter,'Face JP'"),
    );
    await expectDifferent(
      only(`かな${marks}`, 'Inter'),
      only(`かな<span lang="en">${marks}</span>`, 'Inter'),
    );
    await expectDifferent(only('かなQRS', 'Inter'), only('かなQRS', "'Face JP'"));
    await expectSame(only('かなQRS', 'Inter'), only('かなQRS', "Inter,'Face JP'"));
    const { warnings } = await engine.draw(template, only(`かな${marks}`, 'Inter'));
    const [message] = warnings.filter((w) => w.code === 'font_stepped_in').map((w) => w.message);
    expect(message).toMatch(/^Inter does not have/);
  });

  it.each([400, 700])(
    'shows the form that a variation selector chooses, at weight %d',
    async (w) => {
      const of = (text: string, lang: string) =>
        han(text, lang).replace('style="', `style="font-weight:${w};`);
      for (const lang of ['ja', 'zh-TW', 'zh-CN', 'en']) {
        await expectDifferent(of('祖\u{e0100}', lang), of('祖\u{e0101}', lang));
        await expectDifferent(of('神', lang), of('神\ufe00', lang));
      }
    },
  );

  it('breaks Japanese titles between phrases', async () => {
    const text = '今日はとても天気が良いので散歩に行きましょう。明日も晴れるといいですね';
    const title = (style: string) =>
      `<h1 lang="ja" style="margin:0;font-size:20px;width:300px;${style}">${text}</h1>`;
    await expectSame(title(''), title('word-break:auto-phrase'));
    await expectDifferent(title(''), title('word-break:normal'));
  });
});
