/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Boxes of what is painted besides text: by them the service knows when two images have the same
 * background, and where assets are. Runs in an isolated world.
 */
export interface PageBackground {
  /**
   * A hash of the boxes of all elements that paint something else than text. Two bodies of one
   * template page have the same hash if these boxes are the same.
   */
  hash(): string;
  /** The boxes of the `img` elements that show assets at these addresses. */
  shownAssets(addresses: string[]): ShownAsset[];
}

/** An asset and the box that shows it, in CSS pixels of the image. */
export interface ShownAsset {
  /** Of the asset in the job's list. */
  index: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export function createPageBackground(): PageBackground {
  /** Whether elements with this tag, attributes and parent paint something. */
  const painting = new Map<string, boolean>();
  /** Elements that paint their own content. */
  const REPLACED = /^(img|svg|canvas|video|picture|hr|input|progress|meter)$/i;

  function paintsSomething(element: Element, pseudo?: string): boolean {
    const style = getComputedStyle(element, pseudo);
    if (pseudo && style.content === 'none') return false;
    if (pseudo && style.content !== '""') return true;
    return (
      style.backgroundImage !== 'none' ||
      style.backgroundColor !== 'rgba(0, 0, 0, 0)' ||
      style.boxShadow !== 'none' ||
      style.borderImageSource !== 'none' ||
      [
        style.borderTopWidth,
        style.borderRightWidth,
        style.borderBottomWidth,
        style.borderLeftWidth,
      ].some((border) => Number.parseFloat(border) > 0)
    );
  }

  function paints(element: Element): boolean {
    if (REPLACED.test(element.tagName)) return true;
    const parent = element.parentElement;
    const attributes = [...element.attributes]
      .filter(({ name }) => name !== 'style')
      .map(({ name, value }) => `${name}=${value}`);
    const key = `${parent?.tagName} ${parent?.className} > ${element.tagName} ${attributes.join(' ')}`;
    const known = painting.get(key);
    if (known !== undefined) return known;
    if (painting.size > 2_000) painting.clear();
    const found = [undefined, '::before', '::after'].some((p) => paintsSomething(element, p));
    painting.set(key, found);
    return found;
  }

  function backgroundHash(): string {
    let first = 7;
    let second = 11;
    const mix = (value: number) => {
      first = (Math.imul(first, 31) + value) | 0;
      second = (Math.imul(second, 131) + value) | 0;
    };
    /** `path`: a number for the element's position in the document. */
    const walk = (element: Element, path: number): void => {
      if (paints(element)) {
        const box = element.getBoundingClientRect();
        for (const side of [path, box.left, box.top, box.width, box.height]) {
          mix(Math.round(side * 4));
        }
      }
      if (!/^svg$/i.test(element.tagName)) {
        [...element.children].forEach((child, i) => {
          walk(child, path * 31 + i + 1);
        });
      }
    };
    walk(document.body, 0);
    return `${first >>> 0}.${second >>> 0}`;
  }

  function shownAssets(addresses: string[]): ShownAsset[] {
    return [...document.images].flatMap((image) => {
      const index = addresses.findIndex((address) => image.currentSrc.endsWith(address));
      const { left, top, width, height } = image.getBoundingClientRect();
      return index === -1 || width < 8 || height < 8 ? [] : [{ index, left, top, width, height }];
    });
  }

  const api: PageBackground = { hash: backgroundHash, shownAssets };
  return api;
}
