import iconv from 'iconv-lite';

/*
 * How likely characters are in Chinese, Japanese and Korean. The national standards put what is used
 * into rows of its own, apart from what is rare; the most frequent have shares of their own.
 */

type EastAsian = 'zh' | 'tw' | 'ja' | 'ko';

const FREQUENT: Record<EastAsian, string> = {
  zh: '的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样关各重新线内数正心反你明看原又利比或但质气第向道命此变条王李张刘陈杨赵黄周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚海北京南广州市省区县价格名称活动免费您好欢迎',
  tw: '的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣關各重新線內數正心反你明看原又利比或但質氣第向道命此變條陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余趙盧梁顏柯翁魏孫戴臺灣北市價格名稱活動免費您好歡迎',
  ja: '日本人大年中会国上学生一二三十者的東京新田山川村井木中野小高松林清水石藤佐伊加渡辺橋崎島原口谷岡前後内藤太郎子美一男和正幸明様お客月火金土水木商品名価格店会社株式送料無料円税込限定開催時分場所参加',
  ko: '이다는을에의가고하지로도기사는리자시한인정어대은나서일으해아그수를부제과들구전주만라동있보니상유세적스원성공여비장위조진선국연소재안관우신경음마중방모문화기무실개미용면당각내치오민영말된해야게김박최임강윤조장한서오권황송류홍전고문양손배백허남심노하곽성차주우구나민진지엄채원천방공현함변염추도소석설길님안녕요습니까감합',
};

const USUAL_MARKS = '、。・「」『』（）〈〉《》【】！？：；，．～〜ー…—“”‘’　';

interface Rows {
  encoding: string;
  leads: [first: number, last: number];
  /** All of these have this share of a text. */
  share: number;
}

const ROWS: Record<EastAsian, Rows[]> = {
  zh: [
    { encoding: 'gb2312', leads: [0xb0, 0xd7], share: 0.42 },
    { encoding: 'gb2312', leads: [0xd8, 0xf7], share: 0.03 },
  ],
  tw: [
    { encoding: 'big5', leads: [0xa4, 0xc6], share: 0.44 },
    { encoding: 'big5', leads: [0xc9, 0xf9], share: 0.01 },
  ],
  ja: [
    { encoding: 'euc-jp', leads: [0xb0, 0xcf], share: 0.17 },
    { encoding: 'euc-jp', leads: [0xd0, 0xf4], share: 0.01 },
  ],
  ko: [
    { encoding: 'euc-kr', leads: [0xb0, 0xc8], share: 0.42 },
    { encoding: 'euc-kr', leads: [0xca, 0xfd], share: 0.005 },
  ],
};

const FREQUENT_SHARE: Record<EastAsian, number> = { zh: 0.45, tw: 0.45, ja: 0.08, ko: 0.5 };
const KANA: [from: number, to: number, share: number][] = [
  [0x3041, 0x3096, 0.4],
  [0x30a1, 0x30fa, 0.25],
];
const MARK_SHARE = 0.06;
const RARE = 1e-7;

function charactersOf({ encoding, leads: [first, last] }: Rows): string[] {
  const bytes: number[] = [];
  for (let lead = first; lead <= last; lead += 1) {
    for (let trail = 0xa1; trail <= 0xfe; trail += 1) bytes.push(lead, trail);
    if (encoding !== 'big5') continue;
    for (let trail = 0x40; trail <= 0x7e; trail += 1) bytes.push(lead, trail);
  }
  return [...iconv.decode(Buffer.from(bytes), encoding)].filter((char) => char !== '\ufffd');
}

const known = new Map<EastAsian, Map<string, number>>();

function sharesOf(language: EastAsian): Map<string, number> {
  const found = known.get(language);
  if (found) return found;
  const shares = new Map<string, number>();
  const add = (characters: string[], share: number) => {
    for (const char of characters) {
      shares.set(char, (shares.get(char) ?? 0) + share / characters.length);
    }
  };
  for (const rows of ROWS[language]) add(charactersOf(rows), rows.share);
  add([...new Set(FREQUENT[language])], FREQUENT_SHARE[language]);
  add([...USUAL_MARKS], MARK_SHARE);
  const kana = KANA.map(([from, to, share]) => {
    const row = Array.from({ length: to - from + 1 }, (_, at) => String.fromCharCode(from + at));
    return [row, language === 'ja' ? share : share / 1_000] as const;
  });
  for (const [row, share] of kana) add(row, share);
  known.set(language, shares);
  return shares;
}

/** The probability of a character in texts of a language. */
export function eastAsianShare(language: EastAsian): (character: string) => number {
  const shares = sharesOf(language);
  return (character) => shares.get(character) ?? RARE;
}

export type { EastAsian };
