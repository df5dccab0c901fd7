import type { DecimalMark } from './reading-hints.js';

/*
 * What people write beside an amount, and what it says about the amount. Not from Intl: readings must
 * not depend on the version of ICU, because image ids are made of them.
 */

/** Currencies without parts in use: three digits behind a mark can only be a group. */
const WITHOUT_PARTS = new Set(
  'AFN ALL BIF CLP COP DJF GNF HUF IDR IQD IRR ISK JPY KMF KPW KRW LAK LBP MGA MMK PKR PYG RWF SLL SOS SYP UGX VND VUV XAF XOF XPF YER'.split(
    ' ',
  ),
);
const WITH_THOUSAND_PARTS = new Set('BHD JOD KWD LYD OMR TND'.split(' '));

/** Where a currency is used, amounts are written with this decimal mark. Not named: with either. */
const POINT = new Set(
  'USD GBP JPY CNY INR KRW THB MYR SGD HKD TWD PHP AUD NZD MXN ILS EGP SAR AED KWD BHD OMR QAR JOD LBP IQD YER PKR BDT LKR NPR NGN KES GHS TZS UGX ETB CHF PEN GTQ HNL NIO DOP PAB SVC BZD JMD TTD BBD BSD BWP ZMW MWK MMK KHR MOP MVR MNT'.split(
    ' ',
  ),
);
const COMMA = new Set(
  'EUR BRL ARS CLP COP UYU PYG VES BOB IDR VND TRY PLN CZK HUF RON BGN DKK SEK NOK ISK RUB UAH BYN KZT RSD BAM MKD ALL GEL AMD AZN UZS KGS TJS TMT MDL MAD DZD TND LYD XAF XOF AOA MZN'.split(
    ' ',
  ),
);

/** Signs and words → currencies; the first is the usual one. Lower case, without dots and spaces. */
const SIGNS: Record<string, string> = {
  $: 'USD CAD AUD NZD MXN SGD HKD TWD ARS CLP COP UYU BBD BSD BZD JMD TTD DOP',
  us$: 'USD',
  usd$: 'USD',
  u$s: 'USD',
  u$d: 'USD',
  dollar: 'USD',
  dollars: 'USD',
  ca$: 'CAD',
  c$: 'CAD NIO',
  cad$: 'CAD',
  a$: 'AUD',
  au$: 'AUD',
  nz$: 'NZD',
  hk$: 'HKD',
  nt$: 'TWD',
  s$: 'SGD',
  mx$: 'MXN',
  mex$: 'MXN',
  ar$: 'ARS',
  cl$: 'CLP',
  col$: 'COP',
  $u: 'UYU',
  rd$: 'DOP',
  j$: 'JMD',
  tt$: 'TTD',
  bz$: 'BZD',
  b$: 'BSD BND',
  bs: 'BOB VES',
  r$: 'BRL',
  mop$: 'MOP',
  pataca: 'MOP',
  '€': 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  eur: 'EUR',
  '£': 'GBP EGP LBP',
  'e£': 'EGP',
  le: 'EGP',
  '¥': 'JPY CNY',
  'jp¥': 'JPY',
  'cn¥': 'CNY',
  円: 'JPY',
  圓: 'JPY',
  元: 'CNY TWD HKD',
  人民币: 'CNY',
  rmb: 'CNY',
  块: 'CNY',
  '₩': 'KRW',
  원: 'KRW',
  '₹': 'INR',
  rs: 'INR PKR LKR NPR',
  inr: 'INR',
  re: 'INR',
  रु: 'INR NPR',
  रू: 'NPR INR',
  नेरू: 'NPR',
  රු: 'LKR',
  '৳': 'BDT',
  tk: 'BDT',
  টাকা: 'BDT',
  '₨': 'INR PKR LKR NPR',
  '₱': 'PHP',
  '฿': 'THB',
  บาท: 'THB',
  baht: 'THB',
  '₫': 'VND',
  đ: 'VND',
  vnđ: 'VND',
  đồng: 'VND',
  rp: 'IDR',
  rm: 'MYR',
  '₭': 'LAK',
  '៛': 'KHR',
  k: 'MMK',
  '₮': 'MNT',
  '₪': 'ILS',
  שח: 'ILS',
  'ש"ח': 'ILS',
  'ש״ח': 'ILS',
  '₺': 'TRY',
  tl: 'TRY',
  '₽': 'RUB',
  руб: 'RUB BYN',
  р: 'RUB BYN',
  рубль: 'RUB',
  рублей: 'RUB',
  '₴': 'UAH',
  грн: 'UAH',
  гривень: 'UAH',
  br: 'BYN ETB',
  ብር: 'ETB',
  '₸': 'KZT',
  тг: 'KZT',
  тенге: 'KZT',
  '₾': 'GEL',
  '֏': 'AMD',
  '₼': 'AZN',
  soʻm: 'UZS',
  "so'm": 'UZS',
  сўм: 'UZS',
  сум: 'UZS',
  kr: 'SEK NOK DKK ISK',
  skr: 'SEK',
  nkr: 'NOK',
  dkr: 'DKK',
  ikr: 'ISK',
  kč: 'CZK',
  ft: 'HUF',
  zł: 'PLN',
  zl: 'PLN',
  złotych: 'PLN',
  lei: 'RON MDL',
  leu: 'RON MDL',
  лв: 'BGN',
  лева: 'BGN',
  ден: 'MKD',
  дин: 'RSD',
  din: 'RSD',
  динара: 'RSD',
  km: 'BAM',
  lekë: 'ALL',
  lek: 'ALL',
  l: 'HNL ALL',
  fr: 'CHF',
  sfr: 'CHF',
  frs: 'CHF',
  '₣': 'CHF',
  ksh: 'KES',
  kshs: 'KES',
  tsh: 'TZS',
  ush: 'UGX',
  '₦': 'NGN',
  'gh₵': 'GHS',
  '₵': 'GHS',
  r: 'ZAR',
  p: 'BWP',
  q: 'GTQ',
  's/': 'PEN',
  'b/': 'PAB',
  '₲': 'PYG',
  gs: 'PYG',
  '₡': 'CRC',
  fcfa: 'XOF XAF',
  cfa: 'XOF XAF',
  kz: 'AOA',
  mt: 'MZN',
  mtn: 'MZN',
  رس: 'SAR',
  ريال: 'SAR QAR OMR YER IRR',
  '﷼': 'IRR SAR',
  ریال: 'IRR',
  تومان: 'IRR',
  جم: 'EGP',
  جنيه: 'EGP',
  دإ: 'AED',
  درهم: 'AED MAD',
  dh: 'AED MAD',
  dhs: 'AED',
  دك: 'KWD',
  kd: 'KWD',
  bd: 'BHD',
  دب: 'BHD',
  رع: 'OMR',
  رق: 'QAR',
  دأ: 'JOD',
  jd: 'JOD',
  دم: 'MAD',
  دت: 'TND',
  دج: 'DZD',
  da: 'DZD',
  دع: 'IQD',
  لل: 'LBP',
  لس: 'SYP',
  sr: 'SAR',
  ƒ: 'AWG',
};

const bySign = new Map(Object.entries(SIGNS).map(([sign, codes]) => [sign, codes.split(' ')]));

const KNOWN_CODES = new Set(
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG ZWL'.split(
    ' ',
  ),
);

/** The currencies that a sign, a word or a code can mean, the usual one first; none: it is no such thing. */
export function currenciesOf(sign: string): readonly string[] {
  const code = sign.toUpperCase();
  if (KNOWN_CODES.has(code)) return [code];
  return bySign.get(sign.toLowerCase().replaceAll(/[\s.]/g, '')) ?? [];
}

/** How many digits its parts have at most; of several, the most. */
export function partDigits(currencies: readonly string[]): number {
  const digits = currencies.map((code) => {
    if (WITHOUT_PARTS.has(code)) return 0;
    return WITH_THOUSAND_PARTS.has(code) ? 3 : 2;
  });
  return Math.max(0, ...digits);
}

/** The decimal mark where a currency is used; undefined where both are. */
export function markOf(currency: string | undefined): DecimalMark | undefined {
  if (currency === undefined) return undefined;
  return POINT.has(currency) ? '.' : COMMA.has(currency) ? ',' : undefined;
}
