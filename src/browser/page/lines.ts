/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Lines of text as they were laid out. Runs in an isolated world.
 */
export interface PageLines {
  /** Number of lines, by their distinct middles. */
  count(element: HTMLElement): number;
  /**
   * Shows at most so many lines, the last of them with an ellipsis, whatever box the element has:
   * stretched, padded, taller or shorter than its lines, a flex container. Returns whether lines
   * were left out. `isList`: elements in a container are one flow of lines, and the clamp is set in
   * any case.
   */
  clamp(element: HTMLElement, most: number, isList?: boolean): boolean;
}

export function createPageLines(): PageLines {
  const ITEMS = /flex|grid/;
  /** Boxes whose own lines cannot be clamped. */
  const OTHER_FLOW = /flex|grid|table|list-item/;

  /**
   * Where a fragment of text stands along the way in which lines follow each other. Fragments of
   * one line (bold, emoji) may differ by a few pixels.
   */
  function middleOf(rect: DOMRect, writingMode: string): number {
    if (writingMode.endsWith('-rl')) return -(rect.left + rect.right) / 2;
    if (writingMode.endsWith('-lr')) return (rect.left + rect.right) / 2;
    return (rect.top + rect.bottom) / 2;
  }

  function textNodesOf(element: Element): Text[] {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode as Text);
    return nodes;
  }

  function middlesIn(node: Text, start: number, end: number, writingMode: string): number[] {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    return [...range.getClientRects()]
      .filter(({ width, height }) => width > 0 && height > 0)
      .map((rect) => middleOf(rect, writingMode));
  }

  /** The middles of the lines, from the first to the last. */
  function linesOf(element: HTMLElement): number[] {
    const { fontSize, writingMode } = getComputedStyle(element);
    const half = Number.parseFloat(fontSize) / 2;
    const lines: number[] = [];
    for (const node of textNodesOf(element)) {
      for (const middle of middlesIn(node, 0, node.length, writingMode)) {
        if (!lines.some((line) => Math.abs(line - middle) < half)) lines.push(middle);
      }
    }
    return lines.sort((a, b) => a - b);
  }

  /** Where the first character after `limit` is. Text goes on from line to line, in any script. */
  function startAfter(element: HTMLElement, limit: number): [Text, number] | undefined {
    const { writingMode } = getComputedStyle(element);
    /** What takes no room, such as a collapsed space, goes with what comes after it. */
    const isAfter = (node: Text, offset: number) => {
      for (let i = offset; i < node.length; i += 1) {
        const [middle] = middlesIn(node, i, i + 1, writingMode);
        if (middle !== undefined) return middle > limit;
      }
      return true;
    };
    for (const node of textNodesOf(element)) {
      if (!middlesIn(node, 0, node.length, writingMode).some((m) => m > limit)) continue;
      let [low, high] = [0, node.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (isAfter(node, middle)) high = middle;
        else low = middle + 1;
      }
      // Never within a pair of surrogates.
      const isSplit = /[\udc00-\udfff]/.test(node.data.charAt(low));
      return [node, isSplit ? low - 1 : low];
    }
    return undefined;
  }

  /** The rules of the template do not reach an element of this name; see the base styles. */
  function partAround(nodes: Node[]): HTMLElement {
    const part = document.createElement('cardpress-part');
    (nodes[0] as ChildNode).replaceWith(part);
    part.append(...nodes);
    return part;
  }

  function hide(element: HTMLElement | SVGElement): void {
    element.style.setProperty('visibility', 'hidden', 'important');
  }

  /**
   * Hides the text from there on. It keeps its place, so that lines break as before and the browser
   * sees that there is more, which is what it draws the ellipsis for.
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
      } else if ((one as Text).data.trim() !== '') hide(partAround([one]));
    }
  }

  /**
   * The boxes whose lines are shortened, one after the other. Text directly in a flex or grid
   * container, or in a cell of a table, has a box that no rule reaches; it is given one.
   */
  function boxesIn(container: HTMLElement): HTMLElement[] {
    const boxes: HTMLElement[] = [];
    let inline: Node[] = [];
    const take = () => {
      if (inline.some((node) => node.textContent?.trim() !== '')) boxes.push(partAround(inline));
      inline = [];
    };
    const isOneFlow = !ITEMS.test(getComputedStyle(container).display);
    for (const child of [...container.childNodes]) {
      if (isOneFlow || child.nodeType === Node.TEXT_NODE) inline.push(child);
      else if (child instanceof HTMLElement) {
        take();
        boxes.push(child);
      }
    }
    take();
    return boxes;
  }

  /** How many of the lines have room in the box, at least one. All, if it hides nothing. */
  function heldBy(box: HTMLElement, lines: number[]): number {
    const style = getComputedStyle(box);
    const { display, overflowY, writingMode } = style;
    if (overflowY === 'visible' || !writingMode.startsWith('horizontal')) return lines.length;
    const px = (name: string) => Number.parseFloat(style.getPropertyValue(name)) || 0;
    const [first = 0, last = 0] = [lines[0], lines.at(-1)];
    const pitch =
      px('line-height') || (last - first) / Math.max(1, lines.length - 1) || px('font-size') * 1.2;
    const spare = Math.max(1.5, pitch * 0.1);
    // Where the box centres its lines, they leave it at both ends.
    if (ITEMS.test(display)) {
      const height = box.clientHeight - px('padding-top') - px('padding-bottom');
      return Math.max(1, Math.floor((height + spare) / pitch));
    }
    const { bottom } = box.getBoundingClientRect();
    const end = bottom - px('padding-bottom') - px('border-bottom-width') + spare;
    return Math.max(1, lines.filter((line) => line + pitch / 2 <= end).length);
  }

  function setClamp(box: HTMLElement, most: number): void {
    const isInline = getComputedStyle(box).display.startsWith('inline-');
    const priority = box.localName === 'cardpress-part' ? 'important' : '';
    const display = isInline ? '-webkit-inline-box' : '-webkit-box';
    box.style.setProperty('display', display, priority);
    box.style.setProperty('-webkit-box-orient', 'vertical', priority);
    box.style.setProperty('-webkit-line-clamp', String(most), priority);
  }

  /** Returns how many lines are shown, and whether there are more. */
  function clampBox(box: HTMLElement, most: number): { shown: number; hasMore: boolean } {
    const all = linesOf(box);
    if (all.length <= most) return { shown: all.length, hasMore: false };
    setClamp(box, most);
    // A template may answer to the line above with a layout that is better for it.
    const { display } = getComputedStyle(box);
    const lines = OTHER_FLOW.test(display) ? [] : linesOf(box);
    const [end, next] = [lines[most - 1], lines[most]];
    const start = next === undefined ? undefined : startAfter(box, ((end ?? next) + next) / 2);
    if (start) hideFrom(box, start);
    return { shown: most, hasMore: true };
  }

  function clampItems(container: HTMLElement, most: number): void {
    let room = most;
    for (const box of boxesIn(container)) {
      if (room > 0) room -= clampBox(box, room).shown;
      else hide(box);
    }
  }

  const api: PageLines = {
    count: (element) => linesOf(element).length,
    clamp(element, most, isList = false) {
      const lines = linesOf(element);
      const shown = Math.min(most, heldBy(element, lines));
      if (lines.length <= shown) {
        // Too wide, not too long: marked as what does not fit, for templates that look at it.
        if (isList) setClamp(element, Math.max(1, lines.length));
        return false;
      }
      const isOther = OTHER_FLOW.test(getComputedStyle(element).display);
      if (isOther && !(isList && element.childElementCount > 0)) clampItems(element, shown);
      else clampBox(element, shown);
      return true;
    },
  };
  return api;
}
