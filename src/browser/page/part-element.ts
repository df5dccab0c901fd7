/// <reference lib="dom" />

/**
 * The element that the page program puts around a part of a text. The base styles of the template
 * page reset it (`template-page-document.ts`), and no rule of a template applies to it.
 */
const PART = 'cardpress-part';

export const isPart = (element: Element) => element.localName === PART;

export function createPart(...content: (string | Node)[]): HTMLElement {
  const part = document.createElement(PART);
  part.append(...content);
  return part;
}
