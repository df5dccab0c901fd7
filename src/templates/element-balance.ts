/** An element that was opened, and where. */
interface OpenElement<At> {
  name: string;
  at: At;
  /** Opened in one branch of a block only: another block may close it, or not. */
  isConditional: boolean;
}

interface UnbalancedElement<At> {
  at: At;
  message: string;
}

const VOID =
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|image|frame|keygen)$/;
/** A browser closes these by itself where the next one begins, or what holds them ends. */
const OPTIONAL =
  /^(?:p|li|dt|dd|option|optgroup|tr|td|th|thead|tbody|tfoot|colgroup|caption|rb|rt|rtc|rp)$/;
/** Within these an element may close itself (`<path/>`), which is not looked at. */
const FOREIGN = /^(?:svg|math)$/;
/** Read as text to their end, of which the scanner tells nothing. */
const RAW = /^(?:style|script|title|textarea)$/;

/** Deeper than any layout; there it says nothing more. */
const MAX_DEPTH = 256;
const MAX_MISTAKES = 50;

/**
 * Whether each element of a template is closed. Reads tags in their order; blocks of Handlebars are
 * told by `fork` and `join`. `At`: how a place in the source is told.
 */
export class ElementBalance<At> {
  readonly mistakes: UnbalancedElement<At>[] = [];
  #open: OpenElement<At>[] = [];
  #isTooDeep = false;

  opened(name: string, at: At): void {
    if (VOID.test(name) || RAW.test(name) || this.#isInForeign()) return;
    if (this.#open.length >= MAX_DEPTH) this.#isTooDeep = true;
    else this.#open.push({ name, at, isConditional: false });
  }

  closed(name: string, at: At): void {
    if (RAW.test(name) || VOID.test(name) || (this.#isInForeign() && !FOREIGN.test(name))) return;
    const index = this.#open.findLastIndex((one) => one.name === name);
    if (index === -1) {
      // `</p>` alone makes an empty paragraph, and may follow what closed it.
      if (!OPTIONAL.test(name)) this.#report(at, `</${name}> closes nothing that is open here.`);
      return;
    }
    for (const one of this.#open.slice(index + 1)) this.#unclosed(one, ` before </${name}>`);
    this.#open.length = index;
  }

  /** Where a branch of a block begins, for `join`. */
  fork(): readonly OpenElement<At>[] {
    return this.#open;
  }

  /** Goes on from where a block began, with its other branch. Returns where this one ended. */
  turn(start: readonly OpenElement<At>[]): readonly OpenElement<At>[] {
    const end = this.#open;
    this.#open = [...start];
    return end;
  }

  /** After a block: `other` is where its other branch ended. */
  join(other: readonly OpenElement<At>[]): void {
    const [short, long] =
      this.#open.length <= other.length ? [this.#open, other] : [other, this.#open];
    const rest = long.slice(short.length);
    // Closed in one branch what was opened in one branch: both belong together.
    const isClosing = rest.every(({ isConditional }) => isConditional);
    this.#open = [
      ...short,
      ...(isClosing ? [] : rest.map((one) => ({ ...one, isConditional: true }))),
    ];
  }

  /** At the end of the template. */
  end(): UnbalancedElement<At>[] {
    for (const one of this.#open) this.#unclosed(one, '');
    this.#open = [];
    return this.mistakes;
  }

  #isInForeign(): boolean {
    return FOREIGN.test(this.#open.at(-1)?.name ?? '');
  }

  #unclosed({ name, at, isConditional }: OpenElement<At>, before: string): void {
    if (isConditional || OPTIONAL.test(name)) return;
    this.#report(at, `<${name}> is not closed${before}: </${name}> is missing.`);
  }

  #report(at: At, message: string): void {
    if (!this.#isTooDeep && this.mistakes.length < MAX_MISTAKES)
      this.mistakes.push({ at, message });
  }
}
