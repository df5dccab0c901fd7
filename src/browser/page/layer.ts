/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * The static layer of a body: the element that a template marks `data-static`. While it looks the
 * same it can be replaced by an image of itself. Runs in an isolated world.
 */
export interface PageLayer {
  /**
   * Markup, boxes and styles of the current body's layer, as text. Equal for two bodies of one
   * template page only if their layers have the same pixels. Null: there is no layer, or it cannot
   * be cached.
   */
  key(): string | null;
  /** Sets the cached layer: a layer with this key can be shown as the image at this address. */
  set(address: string, key: string): Promise<void>;
  /** Forgets the cached layer. */
  clear(): void;
  /**
   * Shows the cached image in place of the layer if the keys are equal. Returns whether it did.
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
   * CSS properties that cannot change a layer's pixels: they concern text, motion, scrolling and
   * input. A layer has no text.
   */
  const IRRELEVANT_PROPERTY =
    /^(-webkit-)?(animation|caret|cursor|field-sizing|hyphen|initial-letter|interactivity|interest|letter|math|orphans|overscroll|page|pointer|print|quotes|reading|rtl|ruby|scroll|speak|tab-size|text|timeline|touch|transition|user|view|white-space|widows|word)/;
  /** Elements that may show data, have a document of their own, or may be referred to by id. */
  const UNCACHEABLE =
    '[id],[data-field],[data-fit],img,picture,video,canvas,iframe,object,embed,input,use';
  /** Keeps a reference to the image element, so that the image stays loaded. */
  let cached: { key: string; image: HTMLImageElement } | undefined;
  let relevantProperties: string[] | undefined;

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

  /** The relevant computed styles. Null: the element cannot be part of a cached layer. */
  function styleTextOf(element: Element, pseudo?: string): string | null {
    const style = getComputedStyle(element, pseudo);
    if (pseudo && style.content === 'none') return '';
    if (pseudo && style.content !== '""') return null;
    relevantProperties ??= [...style].filter((name) => !IRRELEVANT_PROPERTY.test(name));
    let styleText = pseudo ?? element.tagName;
    for (const name of relevantProperties) styleText += `;${style.getPropertyValue(name)}`;
    // A reference by fragment (`url(#id)`) points outside of the layer, because nothing in it has
    // an id.
    return /url\("?#/.test(styleText) ? null : styleText;
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
        const styleText = styleTextOf(element, pseudo);
        if (styleText === null) return null;
        parts.push(styleText);
      }
    }
    return parts.join('\n');
  }

  /** Images to which the layer's CSS refers. Nothing else waits until they are loaded. */
  function layerImages(): HTMLImageElement[] {
    return [...(key() ?? '').matchAll(/url\("([^"]+)"\)/g)].map(([, address = '']) => {
      const image = new Image();
      image.src = address;
      return image;
    });
  }

  const api: PageLayer = {
    key,
    async set(address, layerKey) {
      const image = new Image();
      image.src = address;
      await image.decode();
      const style = document.createElement('style');
      // In the first cascade layer: no rule of the template overrides important rules in it.
      style.textContent = `@layer cardpress{
body>[data-cached]{all:initial!important;position:absolute!important;display:block!important;inset:0!important;z-index:-2147483648!important;contain:strict!important;background:url(${JSON.stringify(address)}) 0 0/${innerWidth}px ${innerHeight}px no-repeat!important}
[data-cached]>*,[data-cached]::before,[data-cached]::after{display:none!important}}`;
      document.head.append(style);
      cached = { key: layerKey, image };
    },
    clear() {
      cached = undefined;
    },
    apply() {
      if (!cached || key() !== cached.key) return false;
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
