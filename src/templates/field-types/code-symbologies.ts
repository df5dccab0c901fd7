import { createRequire } from 'node:module';
import type JsBarcode from 'jsbarcode';
import encodeQr from 'qr';
import { quoteValue } from '../clean-text.js';
import type { FieldSpec } from '../manifest.js';
import type { JsonSchema } from './field-type.js';

/** A code before it is drawn: `true` is dark. */
export interface CodeModules {
  /** One row for bars, which may be of any height. */
  rows: readonly (readonly boolean[])[];
  /** Modules on each side that stay light; scanners find no code without them. */
  quietZone: number;
}

/** The text as the code holds it, with the code; or why it cannot, as `"…" <problem>.` */
type EncodedText = { value: string; modules: CodeModules } | { problem: string };

export interface CodeSymbology {
  /** Takes the value that it gives, and gives the same for it. */
  encode(text: string, spec: FieldSpec): EncodedText;
  schema: JsonSchema;
  /** What a check tries: as much as anyone would put into such a code, and what it cannot hold. */
  edges: { dense: string; unusable: string };
  /** Whatever it holds, nobody who scans it is led anywhere. */
  isHarmless: boolean;
}

type Correction = NonNullable<FieldSpec['error_correction']>;

/** ISO/IEC 18004, version 40. Digits alone, or capitals and digits, may be more. */
const MAX_QR_BYTES: Record<Correction, number> = {
  low: 2953,
  medium: 2331,
  quartile: 1663,
  high: 1273,
};

const MAX_QR_DIGITS = 7089;
/** Longer ones are wider than any card, and no scanner reads them in one go. */
const MAX_CODE128_CHARACTERS = 80;

/** Undefined where the text is too long. The library draws no code without a border. */
function qrModules(text: string, ecc: Correction): CodeModules | undefined {
  try {
    const bordered = encodeQr(text, 'raw', { ecc, border: 1 });
    return { rows: bordered.slice(1, -1).map((row) => row.slice(1, -1)), quietZone: 4 };
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.startsWith('Capacity overflow')) return undefined;
    throw thrown;
  }
}

const load = createRequire(import.meta.url);

/**
 * The bars as the library has them: `1` is dark. It draws nothing on an object that is no element.
 * It is loaded with the first bars: most processes draw none, and it has fifty files.
 */
function barModules(text: string, format: 'EAN13' | 'CODE128', quietZone: number): CodeModules {
  const encode = load('jsbarcode') as typeof JsBarcode;
  const target: { encodings?: { data: string }[] } = {};
  encode(target, text, { format, flat: true });
  const bars = (target.encodings ?? []).map(({ data }) => data).join('');
  return { rows: [Array.from(bars, (bar) => bar === '1')], quietZone };
}

const qr: CodeSymbology = {
  encode(text, { error_correction: level = 'medium' }) {
    const modules = qrModules(text, level);
    if (modules) return { value: text, modules };
    const most = MAX_QR_BYTES[level].toLocaleString('en');
    const bytes = Buffer.byteLength(text).toLocaleString('en');
    return {
      problem: `has ${bytes} bytes; with "error_correction": "${level}" a QR code holds ${most}. Shorten it, or put a short address in its place`,
    };
  },
  schema: { type: 'string', maxLength: MAX_QR_DIGITS, examples: ['https://example.com/t/8F3K2'] },
  edges: {
    dense: `https://www.a-long-name.example.com/${'a-rather-long-path/of-a-ticket/'.repeat(6)}`,
    unusable: 'x'.repeat(MAX_QR_BYTES.low + 1),
  },
  isHarmless: false,
};

function checkDigit(digits: string): number {
  const sum = Array.from(digits.slice(0, 12)).reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return (10 - (sum % 10)) % 10;
}

const ean13: CodeSymbology = {
  encode(text) {
    const digits = text.replaceAll(/[\s-]/g, '');
    if (!/^\d*$/.test(digits)) {
      return { problem: 'is no EAN-13: that is 13 digits, such as 4006381333931' };
    }
    if (digits.length === 12) {
      // Not added in silence: a UPC has 12 digits, and the check digit is one of them.
      const whole = `${digits}${checkDigit(digits)}`;
      return {
        problem: `has 12 digits; EAN-13 has 13. If the check digit is missing, write ${whole}; if it is a UPC, write 0${digits}`,
      };
    }
    if (digits.length !== 13) {
      return { problem: `has ${digits.length} digits; EAN-13 has 13, such as 4006381333931` };
    }
    const last = checkDigit(digits);
    if (digits.endsWith(String(last))) {
      return { value: digits, modules: barModules(digits, 'EAN13', 11) };
    }
    return {
      problem: `has a wrong check digit: after ${digits.slice(0, 12)} comes ${last}. Look for a wrong or swapped digit`,
    };
  },
  schema: { type: 'string', pattern: '^\\s*(\\d[\\s-]*){13}$', examples: ['4006381333931'] },
  edges: { dense: '9999999999994', unusable: '4006381333932' },
  isHarmless: true,
};

const code128: CodeSymbology = {
  encode(text) {
    const [foreign] = /[^ -~]/u.exec(text) ?? [];
    if (foreign !== undefined) {
      const shown = foreign === '\n' ? 'a line break' : quoteValue(foreign);
      return {
        problem: `holds ${shown}, which Code 128 cannot. Write letters without accents, digits and signs of ASCII, or use "symbology": "qr"`,
      };
    }
    if (text.length <= MAX_CODE128_CHARACTERS) {
      return { value: text, modules: barModules(text, 'CODE128', 10) };
    }
    return {
      problem: `has ${text.length} characters; as Code 128 at most ${MAX_CODE128_CHARACTERS} can be scanned. Shorten it, or use "symbology": "qr"`,
    };
  },
  schema: {
    type: 'string',
    pattern: '^[ -~]*$',
    maxLength: MAX_CODE128_CHARACTERS,
    examples: ['TICKET-00042'],
  },
  edges: { dense: 'a-rather-long-number-of-a-ticket-0004217', unusable: 'Zoë' },
  isHarmless: false,
};

export const codeSymbologies = { qr, ean13, code128 };
