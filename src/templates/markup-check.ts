import { decodeHTML, decodeHTMLAttribute } from 'entities/decode';
import { attributeAddresses } from './address-check.js';
import { cssAddresses, cssSlotProblem } from './css-addresses.js';
import { cssMistakes } from './css-mistakes.js';
import { type Place, SLOT, START, scanHtml } from './html-scanner.js';
import {
  ADDRESS_ATTRIBUTES,
  FORBIDDEN_TAGS,
  isScriptAttribute,
  STYLE_ATTRIBUTES,
} from './slot-rules.js';

/** What is found in a piece of markup; offsets are characters within the piece. */
export interface MarkupFindings {
  fault(message: string, offset: number): void;
  /** An address that the browser would load from. */
  load(address: string, offset: number): void;
  /** What has no effect, or not the one that was meant. */
  warn(message: string, offset: number): void;
  /** An element begins or ends. */
  element(name: string, isEnd: boolean, offset: number): void;
  /** Every other attribute, its value decoded. */
  attribute(name: string, value: string, offset: number): void;
}

/** `&#{{n}};` would let data choose the character. */
const SLOT_IN_REFERENCE = /&(?:#x?[0-9a-f]*|[a-z][a-z0-9]*)?\0/i;

/** CSS as it stands in an attribute or element, references to characters decoded by then. */
function checkCss(
  css: string,
  start: number,
  { isMoved, reads }: { isMoved: boolean; reads?: 'sheet' | 'rule' },
  to: MarkupFindings,
): void {
  const problem = cssSlotProblem(css);
  if (problem) to.fault(problem, start);
  else if (reads) {
    for (const { message, offset } of cssMistakes(css, reads === 'rule')) {
      to.warn(message, isMoved ? start : start + offset);
    }
  }
  for (const { address, offset } of cssAddresses(css)) {
    to.load(address, isMoved ? start : start + offset);
  }
}

function checkValue(name: string, written: string, start: number, to: MarkupFindings): void {
  const value = written.includes('&') ? decodeHTMLAttribute(written) : written;
  const isAddress = ADDRESS_ATTRIBUTES.has(name);
  const isCss = STYLE_ATTRIBUTES.has(name);
  if ((isAddress || isCss) && SLOT_IN_REFERENCE.test(written)) {
    to.fault(`A mustache stands in a character reference (&…;) of ${name}="…".`, start);
  }
  if (isAddress) for (const address of attributeAddresses(name, value)) to.load(address, start);
  else if (isCss) {
    const isMoved = value !== written;
    checkCss(value, start, { isMoved, ...(name === 'style' ? { reads: 'rule' } : {}) }, to);
  } else if (!value.includes(SLOT)) to.attribute(name, value, start);
}

/**
 * The content of `<style>`. Within `<svg>` it is no raw text: references to characters are decoded
 * and elements are elements there. Where it stands cannot be told from one piece, so it is read
 * both ways.
 */
function checkStyle(text: string, offset: number, to: MarkupFindings): void {
  checkCss(text, offset, { isMoved: false, reads: 'sheet' }, to);
  const decoded = text.includes('&') ? decodeHTML(text) : text;
  if (decoded !== text) checkCss(decoded, offset, { isMoved: true }, to);
  if (!text.includes('<')) return;
  checkMarkup(START, text, {
    fault: (message) => to.fault(message, offset),
    load: (address) => to.load(address, offset),
    warn: () => undefined,
    element: () => undefined,
    attribute: () => undefined,
  });
}

/** Looks at a piece of a template's markup, as a browser would read it, and says where it ends. */
export function checkMarkup(place: Place, text: string, to: MarkupFindings): Place {
  return scanHtml(place, text, {
    fault: to.fault,
    tag: (name, offset) => {
      if (FORBIDDEN_TAGS.has(name)) to.fault(`<${name}> is not allowed in a template.`, offset);
      else to.element(name, false, offset);
    },
    endTag: (name, offset) => to.element(name, true, offset),
    attribute: (_tag, name, offset) => {
      if (isScriptAttribute(name)) {
        to.fault(`${name} is not allowed: no script runs in a picture.`, offset);
      }
    },
    value: (_tag, name, value, offset) => checkValue(name, value, offset - value.length, to),
    raw: (tag, raw, offset) => {
      if (tag === 'style') checkStyle(raw, offset, to);
    },
  });
}
