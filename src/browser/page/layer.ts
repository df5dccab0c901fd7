/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * The static layer of a body: what a template marks `data-static` can be shown as an image of
 * itself while its looks do not change. Runs in an isolated world.
 */
export interface PageLayer {
  /**
   * All that decides how the layer of the current body looks, as text. Equal for two bodies of one
   * template page only if their layers look the same. Null: there is no layer, or it cannot be an
   * image.
   */
  key(): string | null;
  /** From now on a layer with this key is shown as the image at this address. */
  use(address: string, key: string): Promise<void>;
  clear(): void;
  /**
   * Shows the image in place of the layer if the layer has the known key. Returns whether it did.
   */
  apply(): boolean;
  /**
   * Hides (or shows again) everything but the layer and the document's background. Resolves once
   * the images of the layer are loaded.
   */
  isolate(isIsolated: boolean): Promise<void>;
}

export function createPageLayer(): PageLayer {
  /**
   * Properties that cannot change the looks of a layer: they concern text, motion, scrolling and
   * input.
   */
  const IRRELEVANT =
    /^(-webkit-)?(animation|caret|cursor|field-sizing|hyphen|initial-letter|interactivity|interest|letter|math|orphans|overscroll|page|pointer|print|quotes|reading|rtl|ruby|scroll|speak|tab-size|text|timeline|touch|transition|user|view|white-space|widows|word)/;
  /** Elements that carry text, data or a document of their own, or that others may refer to. */
  const UNCACHEABLE =
    '[id],[data-field],[data-fit],img,picture,video,canvas,iframe,object,embed,input,use';
  /** The image element is referenced here so that it stays loaded. */
  let known: { key: string; image: HTMLImageElement } | undefined;
  let names: string[] | undefined;

  function layerOf(body: HTMLElement): HTMLElement | undefined {
    const first = body.firstElementChild;
    return first instanceof HTMLElement && 'static' in first.dataset ? first : undefined;
  }

  /** Text directly in the body would be drawn twice: into the layer's image, and over it. */
  function hasBareText(body: HTMLElement): boolean {
    return [...body.childNodes].some(
      (node) => node.nodeType === 3 && node.nodeValue?.trim() !== '',
    );
  }

  function styleTextOf(element: Element, pseudo?: string): string | null {
    const style = getComputedStyle(element, pseudo);
    if (pseudo && style.content === 'none') return '';
    if (pseudo && style.content !== '""') return null;
    names ??= [...style].filter((name) => !IRRELEVANT.test(name));
    let looks = pseudo ?? element.tagName;
    for (const name of names) looks += `;${style.getPropertyValue(name)}`;
    // A reference by fragment (`url(#id)`) points outside of the layer, because nothing in it has
    // an id.
    return /url\("?#/.test(looks) ? null : looks;
  }

  function key(): string | null {
    const { body, documentElement } = document;
    const layer = layerOf(body);
    if (!layer || layer.matches(UNCACHEABLE) || layer.querySelector(UNCACHEABLE)) return null;
    if (layer.textContent?.trim() !== '' || hasBareText(body)) return null;
    const parts = [layer.outerHTML];
    for (const element of [documentElement, body]) parts.push(styleTextOf(element) ?? '#');
    for (const element of [layer, ...layer.querySelectorAll('*')]) {
      const { x, y, width, height } = element.getBoundingClientRect();
      parts.push(`${x} ${y} ${width} ${height}`);
      for (const pseudo of [undefined, '::before', '::after']) {
        const looks = styleTextOf(element, pseudo);
        if (looks === null) return null;
        parts.push(looks);
      }
    }
    return parts.join('\n');
  }

  /** Images that CSS loads for the layer. Nothing else waits for them. */
  function layerImages(): HTMLImageElement[] {
    return [...(key() ?? '').matchAll(/url\("([^"]+)"\)/g)].map(([, address = '']) => {
      const image = new Image();
      image.src = address;
      return image;
    });
  }

  const api: PageLayer = {
    key,
    async use(address, layerKey) {
      const image = new Image();
      image.src = address;
      await image.decode();
      const style = document.createElement('style');
      // In the first cascade layer: no rule of the template overrides important rules in it.
      style.textContent = `@layer cardpress{
body>[data-cached]{all:initial!important;position:absolute!important;display:block!important;inset:0!important;z-index:-2147483648!important;contain:strict!important;background:url(${JSON.stringify(address)}) 0 0/${innerWidth}px ${innerHeight}px no-repeat!important}
[data-cached]>*,[data-cached]::before,[data-cached]::after{display:none!important}}`;
      document.head.append(style);
      known = { key: layerKey, image };
    },
    clear() {
      known = undefined;
    },
    apply() {
      if (!known || key() !== known.key) return false;
      layerOf(document.body)?.setAttribute('data-cached', '');
      return true;
    },
    async isolate(isIsolated) {
      document.documentElement.toggleAttribute('data-alone', isIsolated);
      await Promise.all(layerImages().map((image) => image.decode().catch(() => undefined)));
    },
  };
  return api;
}
