/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * What is painted behind the texts of a page, as far as element boxes show it. Runs in an isolated
 * world.
 */
export interface PageBackground {
  /**
   * Equal for two bodies of one template page only if all painted elements but text have the same
   * boxes.
   */
  hash(): string;
  /** The boxes of elements that show these assets, by their place in the list. */
  pictures(addresses: string[]): ShownPicture[];
}

/** In CSS pixels; `asset` is its place in the list of the job. */
export interface ShownPicture {
  asset: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export function createPageBackground(): PageBackground {
  /** Whether an element with the same tag, attributes and parent paints. Computed once for each. */
  const painters = new Map<string, boolean>();
  const ATOMIC = /^(img|svg|canvas|video|picture|hr|input|progress|meter)$/i;

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
    if (ATOMIC.test(element.tagName)) return true;
    const parent = element.parentElement;
    const attributes = [...element.attributes]
      .filter(({ name }) => name !== 'style')
      .map(({ name, value }) => `${name}=${value}`);
    const key = `${parent?.tagName} ${parent?.className} > ${element.tagName} ${attributes.join(' ')}`;
    const known = painters.get(key);
    if (known !== undefined) return known;
    if (painters.size > 2_000) painters.clear();
    const found = [undefined, '::before', '::after'].some((p) => paintsSomething(element, p));
    painters.set(key, found);
    return found;
  }

  function backgroundHash(): string {
    let first = 7;
    let second = 11;
    const mix = (value: number) => {
      first = (Math.imul(first, 31) + value) | 0;
      second = (Math.imul(second, 131) + value) | 0;
    };
    const walk = (element: Element, place: number): void => {
      if (paints(element)) {
        const box = element.getBoundingClientRect();
        for (const side of [place, box.left, box.top, box.width, box.height]) {
          mix(Math.round(side * 4));
        }
      }
      if (!/^svg$/i.test(element.tagName)) {
        [...element.children].forEach((child, i) => {
          walk(child, place * 31 + i + 1);
        });
      }
    };
    walk(document.body, 0);
    return `${first >>> 0}.${second >>> 0}`;
  }

  function shownPictures(addresses: string[]): ShownPicture[] {
    return [...document.images].flatMap((image) => {
      const asset = addresses.findIndex((address) => image.currentSrc.endsWith(address));
      const { left, top, width, height } = image.getBoundingClientRect();
      return asset === -1 || width < 8 || height < 8 ? [] : [{ asset, left, top, width, height }];
    });
  }

  const api: PageBackground = { hash: backgroundHash, pictures: shownPictures };
  return api;
}
