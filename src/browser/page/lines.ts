/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { cssPx } from './css-px.js';
import { createPart, isPart } from './part-element.js';
import { rectsOf, textNodesIn } from './text-nodes.js';

/**
 * Lines of text as they were laid out. Runs in an isolated world.
 */
export interface PageLines {
  /** Number of lines. Boxes of text with the same middle are one line. */
  count(element: HTMLElement): number;
  /**
   * Shows at most `most` lines, and fewer if the element hides what is beyond its box. The last line
   * ends with an ellipsis. Works for any box: stretched, padded, taller or shorter than its lines, a
   * flex container. Returns whether lines were hidden.
   * @param isOneFlow The elements in a container are clamped as one flow of lines, and the clamp is
   *   set even if no line is hidden.
   */
  clamp(element: HTMLElement, most: number, isOneFlow?: boolean): boolean;
}

export function createPageLines(): PageLines {
  /** Values of `display` that make items of children. */
  const ITEM_CONTAINER = /flex|grid/;
  /** Values of `display` for which `-webkit-line-clamp` has no effect. */
  const UNCLAMPABLE = /flex|grid|table|list-item/;

  /**
   * The middle of a box of text along the block axis, in CSS pixels, rising from line to line. Boxes
   * of one line (bold, emoji) may differ by a few pixels.
   */
  function middleOf(rect: DOMRect, writingMode: string): number {
    if (writingMode.endsWith('-rl')) return -(rect.left + rect.right) / 2;
    if (writingMode.endsWith('-lr')) return (rect.left + rect.right) / 2;
    return (rect.top + rect.bottom) / 2;
  }

  function middlesIn(node: Text, start: number, end: number, writingMode: string): number[] {
    return rectsOf(node, start, end).map((rect) => middleOf(rect, writingMode));
  }

  /** The middles of an element's lines along the block axis, from the first line to the last. */
  function lineMiddles(element: HTMLElement): number[] {
    const { fontSize, writingMode } = getComputedStyle(element);
    const half = Number.parseFloat(fontSize) / 2;
    const lines: number[] = [];
    for (const node of textNodesIn(element)) {
      for (const middle of middlesIn(node, 0, node.length, writingMode)) {
        if (!lines.some((line) => Math.abs(line - middle) < half)) lines.push(middle);
      }
    }
    return lines.sort((a, b) => a - b);
  }

  /**
   * The node and offset of the first character after `limit` on the block axis. Binary search: in any
   * script, text continues from line to line.
   */
  function startAfter(element: HTMLElement, limit: number): [Text, number] | undefined {
    const { writingMode } = getComputedStyle(element);
    /** A character without a box, such as a collapsed space, counts as the next one with a box. */
    const isAfter = (node: Text, offset: number) => {
      for (let i = offset; i < node.length; i += 1) {
        const [middle] = middlesIn(node, i, i + 1, writingMode);
        if (middle !== undefined) return middle > limit;
      }
      return true;
    };
    for (const node of textNodesIn(element)) {
      if (!middlesIn(node, 0, node.length, writingMode).some((m) => m > limit)) continue;
      let [low, high] = [0, node.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (isAfter(node, middle)) high = middle;
        else low = middle + 1;
      }
      // Never between the two halves of a surrogate pair.
      const isSplit = /[\udc00-\udfff]/.test(node.data.charAt(low));
      return [node, isSplit ? low - 1 : low];
    }
    return undefined;
  }

  function wrapInPart(nodes: Node[]): HTMLElement {
    const part = createPart();
    (nodes[0] as ChildNode).replaceWith(part);
    part.append(...nodes);
    return part;
  }

  function hide(element: HTMLElement | SVGElement): void {
    element.style.setProperty('visibility', 'hidden', 'important');
  }

  /**
   * Hides the text from a position on. It keeps its space, so that lines break as before, and the
   * browser sees that text follows and draws the ellipsis.
   */
  function hideFrom(element: HTMLElement, [node, offset]: [Text, number]): void {
    const first = offset > 0 ? node.splitText(offset) : node;
    const walker = document.createTreeWalker(
      element,
      NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
    );
    const rest: Node[] = [];
    walker.currentNode = first;
    for (let n: Node | null = first; n; n = walker.nextNode()) rest.push(n);
    for (const one of rest) {
      if (one instanceof HTMLElement || one instanceof SVGElement) {
        hide(one);
      } else if ((one as Text).data.trim() !== '') hide(wrapInPart([one]));
    }
  }

  /**
   * The boxes in a container that can be clamped, in the order of the document. Text directly in a
   * flex or grid container, or in a table cell, has only an anonymous box, so it is put into a part.
   */
  function boxesIn(container: HTMLElement): HTMLElement[] {
    const boxes: HTMLElement[] = [];
    let inline: Node[] = [];
    const endInline = () => {
      if (inline.some((node) => node.textContent?.trim() !== '')) boxes.push(wrapInPart(inline));
      inline = [];
    };
    const hasItems = ITEM_CONTAINER.test(getComputedStyle(container).display);
    for (const child of [...container.childNodes]) {
      if (!hasItems || child.nodeType === Node.TEXT_NODE) inline.push(child);
      else if (child instanceof HTMLElement) {
        endInline();
        boxes.push(child);
      }
    }
    endInline();
    return boxes;
  }

  /** Number of lines that fit into the box, at least one. All lines if it hides no overflow. */
  function linesThatFit(box: HTMLElement, lines: number[]): number {
    const style = getComputedStyle(box);
    const { display, overflowY, writingMode } = style;
    if (overflowY === 'visible' || !writingMode.startsWith('horizontal')) return lines.length;
    const px = (property: string) => cssPx(style, property);
    const [first = 0, last = 0] = [lines[0], lines.at(-1)];
    const pitch =
      px('line-height') || (last - first) / Math.max(1, lines.length - 1) || px('font-size') * 1.2;
    const spare = Math.max(1.5, pitch * 0.1);
    // A flex or grid container may centre its lines, so that they overflow at both ends.
    if (ITEM_CONTAINER.test(display)) {
      const height = box.clientHeight - px('padding-top') - px('padding-bottom');
      return Math.max(1, Math.floor((height + spare) / pitch));
    }
    const { bottom } = box.getBoundingClientRect();
    const end = bottom - px('padding-bottom') - px('border-bottom-width') + spare;
    return Math.max(1, lines.filter((line) => line + pitch / 2 <= end).length);
  }

  function setClamp(box: HTMLElement, most: number): void {
    const isInline = getComputedStyle(box).display.startsWith('inline-');
    const priority = isPart(box) ? 'important' : '';
    const display = isInline ? '-webkit-inline-box' : '-webkit-box';
    box.style.setProperty('display', display, priority);
    box.style.setProperty('-webkit-box-orient', 'vertical', priority);
    box.style.setProperty('-webkit-line-clamp', String(most), priority);
  }

  /** Returns how many lines are shown. */
  function clampBox(box: HTMLElement, most: number): number {
    const all = lineMiddles(box);
    if (all.length <= most) return all.length;
    setClamp(box, most);
    // The template's CSS may match the clamp (`[style*=…]`) and change the layout, so it is read
    // again.
    const { display } = getComputedStyle(box);
    const lines = UNCLAMPABLE.test(display) ? [] : lineMiddles(box);
    const [end, next] = [lines[most - 1], lines[most]];
    const start = next === undefined ? undefined : startAfter(box, ((end ?? next) + next) / 2);
    if (start) hideFrom(box, start);
    return most;
  }

  function clampItems(container: HTMLElement, most: number): void {
    let room = most;
    for (const box of boxesIn(container)) {
      if (room > 0) room -= clampBox(box, room);
      else hide(box);
    }
  }

  const api: PageLines = {
    count: (element) => lineMiddles(element).length,
    clamp(element, most, isOneFlow = false) {
      const lines = lineMiddles(element);
      const shown = Math.min(most, linesThatFit(element, lines));
      if (lines.length <= shown) {
        // Too wide, but not too many lines: the clamp marks it as text that does not fit, and a
        // template's CSS may match that.
        if (isOneFlow) setClamp(element, Math.max(1, lines.length));
        return false;
      }
      const isUnclampable = UNCLAMPABLE.test(getComputedStyle(element).display);
      if (isUnclampable && !(isOneFlow && element.childElementCount > 0))
        clampItems(element, shown);
      else clampBox(element, shown);
      return true;
    },
  };
  return api;
}
