/*
 * What spreadsheets put around a text so that it stays a text, and what they show instead of a
 * value that they do not have.
 */

/** `="00123"`: how a CSV keeps the zeros of a number. */
const AS_FORMULA = /^=\s*"((?:[^"]|"")*)"$/;
/** An apostrophe before what a spreadsheet would run: a guard against formulas, also our own. */
const GUARDED = /^'(?=[\s"]{0,9}[=+\-@＝＋－＠])/;
/** An apostrophe that keeps digits a text; `'90s` and `'68` are written so by people. */
const GUARDED_DIGITS = /^'(?=0\d{2,40}$|\d{5,40}$)/;

/** The text without these marks; the same text where there are none. */
export function withoutSpreadsheetMarks(text: string): string {
  const trimmed = text.trim();
  const formula = AS_FORMULA.exec(trimmed)?.[1];
  if (formula !== undefined) return formula.replaceAll('""', '"');
  const unguarded = trimmed.replace(GUARDED, '').replace(GUARDED_DIGITS, '');
  return unguarded === trimmed ? text : unguarded;
}

/** As Excel, LibreOffice and Google Sheets show errors, in the languages that translate them. */
const ERRORS = new Set(
  (
    '#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! #CALC! #FIELD! #BLOCKED! #UNKNOWN! ' +
    '#CONNECT! #BUSY! #ERROR! #GETTING_DATA #EXTERNAL! #PYTHON! #TIMEOUT! ' +
    '#NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #KALK! #VALEUR! #NOM? #NOMBRE! #NUL! ' +
    '#¡REF! #¡VALOR! #¿NOMBRE? #¡DIV/0! #¡NULO! #¡NUM! #¡DESBORDAMIENTO! #N/D #N/D! #RIF! #VALORE! ' +
    '#NOME? #NULLO! #VALOR! #NÚM! #NULO! #N/B #VERW! #WAARDE! #NAAM? #GETAL! #DEEL/0! #LEEG! ' +
    '#ARG! #ADR! #LICZBA! #NAZWA? #DZIEL/0! #ZERO! #SAKNAS! #REFERENS! #VÄRDEFEL! #NAMN? #OGILTIGT! ' +
    '#SKÄRNING! #DIVISION/0! #I/T #REFERENCE! #VÆRDI! #NAVN? #VERDI! #PUUTTUU! #VIITTAUS! #ARVO! ' +
    '#NIMI? #LUKU! #JAKO/0! #TYHJÄ! #YOK #BAŞV! #DEĞER! #AD? #SAYI! #SAYI/0! #BOŞ! ' +
    '#Н/Д #ССЫЛКА! #ЗНАЧ! #ИМЯ? #ЧИСЛО! #ДЕЛ/0! #ПУСТО! #NENÍ_K_DISPOZICI #ODKAZ! #HODNOTA! ' +
    '#NÁZEV? #ČÍSLO! #DĚLENÍ_NULOU! #NEDOSTUPNÝ #HIÁNYZIK #HIV! #ÉRTÉK! #NÉV? #SZÁM! #ZÉRÓOSZTÓ! ' +
    '#NULLA!'
  ).split(' '),
);
/** LibreOffice's errors without a name, and a column that is too narrow. */
const NUMBERED_ERROR = /^(?:Err:\d{3}|#{3,40})$/i;

const isSheetError = (text: string) => ERRORS.has(text.toUpperCase()) || NUMBERED_ERROR.test(text);

/** How databases and programs write that there is nothing. "Null", "Nan" and "None" are words, too. */
const NOTHING = new Set(
  (
    'NULL null (null) (NULL) [null] [NULL] <null> <NULL> \\N N/A n/a #N/A N.A. n.a. n/v ' +
    '(blank) (empty) (none) (leer) (vide) (vacío) (vuoto) (em_branco) undefined NaN'
  ).split(' '),
);
const NOTHING_SAID = /^(?:\[object \w{1,40}\]|\(?(?:not available|no data)\)?)$/i;

/** The same in a field that is no text, where none of it could be a value. */
const NO_VALUE =
  /^(?:[-–—]{1,4}|\.{2,3}|…|\?{1,4}|none|nil|nan|na|nat|null|tb[acd]|unknown|k\.\s?a\.)$/i;
/** MySQL's date that is none. */
const NO_DATE = /^0000-00-00(?:[ T]00:00(?::00(?:\.0{1,9})?)?Z?)?$/;

/**
 * Whether the whole text only says that there is no value: `#N/A`, `NULL`, `\N`, `n/a`. With
 * `isText: false` also `-` or `none`, which a text may well be.
 */
export function saysMissing(text: string, isText: boolean): boolean {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 60) return false;
  if (isSheetError(trimmed) || NOTHING.has(trimmed) || NOTHING_SAID.test(trimmed)) return true;
  return !isText && (NO_VALUE.test(trimmed) || NO_DATE.test(trimmed));
}

/** An error value as a word of its own within a text: what a formula has joined to it. */
const ERROR_WITHIN = /(?:^|\s)#(?:N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!)(?=$|[\s,.;:)])/;

export const holdsSheetError = (text: string) => ERROR_WITHIN.test(text);
