/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * The static layer of a body, in an isolated world: what a template marks `data-static` can be shown
 * as a picture of itself where nothing of its looks differs. Sent as text: the function may use
 * nothing from outside itself.
 */
export interface PageLayer {
  /**
   * Everything that decides how the layer of the present body looks; equal for two bodies of one
   * shell only where their layers look the same. Null: there is none, or it cannot be a picture.
   */
  key(): string | null;
  /** From now on a layer with this key is shown as the picture at this address. */
  learn(address: string, key: string): Promise<void>;
  forget(): void;
  /** Shows the picture in the place of the layer, if it is the one that was learnt. */
  dress(): boolean;
  /** Shows nothing but the layer and the background of the document, once its pictures are there. */
  alone(isAlone: boolean): Promise<void>;
}

/** Installs it as `globalThis.cardpressLayer`. */
export function installPageLayer(): void {
  /** Of text, motion, scrolling and input: a layer has none of them. */
  const IDLE =
    /^(-webkit-)?(animation|caret|cursor|field-sizing|hyphen|initial-letter|interactivity|interest|letter|math|orphans|overscroll|page|pointer|print|quotes|reading|rtl|ruby|scroll|speak|tab-size|text|timeline|touch|transition|user|view|white-space|widows|word)/;
  /** What carries text, data or a document of its own, or what others may refer to. */
  const UNFIT =
    '[id],[data-field],[data-fit],img,picture,video,canvas,iframe,object,embed,input,use';
  /** The picture is held so that it stays loaded. */
  let known: { key: string; picture: HTMLImageElement } | undefined;
  let names: string[] | undefined;

  function layerOf(body: HTMLElement): HTMLElement | undefined {
    const first = body.firstElementChild;
    return first instanceof HTMLElement && 'static' in first.dataset ? first : undefined;
  }

  /** Text beside the layer would be drawn twice: into the picture, and over it. */
  function hasBareText(body: HTMLElement): boolean {
    return [...body.childNodes].some(
      (node) => node.nodeType === 3 && node.nodeValue?.trim() !== '',
    );
  }

  function looksOf(element: Element, pseudo?: string): string | null {
    const style = getComputedStyle(element, pseudo);
    if (pseudo && style.content === 'none') return '';
    if (pseudo && style.content !== '""') return null;
    names ??= [...style].filter((name) => !IDLE.test(name));
    let looks = pseudo ?? element.tagName;
    for (const name of names) looks += `;${style.getPropertyValue(name)}`;
    // A reference into the document leads out of the layer, for nothing in it has an id.
    return /url\("?#/.test(looks) ? null : looks;
  }

  function key(): string | null {
    const { body, documentElement } = document;
    const layer = layerOf(body);
    if (!layer || layer.matches(UNFIT) || layer.querySelector(UNFIT)) return null;
    if (layer.textContent?.trim() !== '' || hasBareText(body)) return null;
    const parts = [layer.outerHTML];
    for (const element of [documentElement, body]) parts.push(looksOf(element) ?? '#');
    for (const element of [layer, ...layer.querySelectorAll('*')]) {
      const { x, y, width, height } = element.getBoundingClientRect();
      parts.push(`${x} ${y} ${width} ${height}`);
      for (const pseudo of [undefined, '::before', '::after']) {
        const looks = looksOf(element, pseudo);
        if (looks === null) return null;
        parts.push(looks);
      }
    }
    return parts.join('\n');
  }

  /** What CSS shows in the layer: nothing else waits for it. */
  function backgrounds(): HTMLImageElement[] {
    return [...(key() ?? '').matchAll(/url\("([^"]+)"\)/g)].map(([, address = '']) => {
      const picture = new Image();
      picture.src = address;
      return picture;
    });
  }

  const api: PageLayer = {
    key,
    async learn(address, learnt) {
      const picture = new Image();
      picture.src = address;
      await picture.decode();
      const style = document.createElement('style');
      // In the first layer of the cascade, whose important rules nothing of the template overrides.
      style.textContent = `@layer cardpress{
body>[data-cached]{all:initial!important;position:absolute!important;display:block!important;inset:0!important;z-index:-2147483648!important;contain:strict!important;background:url(${JSON.stringify(address)}) 0 0/${innerWidth}px ${innerHeight}px no-repeat!important}
[data-cached]>*,[data-cached]::before,[data-cached]::after{display:none!important}}`;
      document.head.append(style);
      known = { key: learnt, picture };
    },
    forget() {
      known = undefined;
    },
    dress() {
      if (!known || key() !== known.key) return false;
      layerOf(document.body)?.setAttribute('data-cached', '');
      return true;
    },
    async alone(isAlone) {
      document.documentElement.toggleAttribute('data-alone', isAlone);
      await Promise.all(backgrounds().map((picture) => picture.decode().catch(() => undefined)));
    },
  };
  (globalThis as unknown as { cardpressLayer: PageLayer }).cardpressLayer = api;
}
