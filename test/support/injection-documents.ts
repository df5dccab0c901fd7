/// <reference lib="dom" />
import type { Frame, Page } from 'playwright';

/** What must be the same whatever text is shown; and the text that it shows. */
export interface DocumentShape {
  /** Every node but text: names of elements with the names of their attributes, in order. */
  skeleton: string;
  /** Values of attributes that are no place for text. */
  behaviour: string;
  /** All text, and all values of attributes. */
  shown: string;
}

/** Parses bodies as the shell does, in a page of the real browser. */
export function shapesOf(page: Page | Frame, bodies: string[]): Promise<DocumentShape[]> {
  return page.evaluate((all) => {
    const acting = /^(?:style|src|srcset|href|id|on.*|data-fit.*|data-max-lines|data-field)$/;
    return all.map((html) => {
      const other = document.implementation.createHTMLDocument('');
      other.body.innerHTML = html;
      const skeleton: string[] = [];
      const behaviour: string[] = [];
      const shown: string[] = [];
      const walker = other.createTreeWalker(other, NodeFilter.SHOW_ALL);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) {
          shown.push(node.nodeValue ?? '');
          continue;
        }
        skeleton.push(node.nodeName);
        if (!(node instanceof Element)) continue;
        for (const { name, value } of node.attributes) {
          skeleton.push(`@${name}`);
          shown.push(value);
          if (acting.test(name)) behaviour.push(`${name}=${value}`);
        }
      }
      return {
        skeleton: skeleton.join(' '),
        behaviour: behaviour.join('\n'),
        shown: shown.join('\n'),
      };
    });
  }, bodies);
}
