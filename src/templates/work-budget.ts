/*
 * What one evaluation of expressions may cost. Work is counted in steps and never by a clock, so
 * that equal data gives equal results on every machine; a step is about a nanosecond.
 */

export interface WorkLimits {
  /** Steps: helper calls, turns of loops, characters read and made. */
  work: number;
  /** Characters that expressions may put out, all together. */
  output: number;
}

/**
 * A hook's mapping, all its expressions together: runs where requests are answered. `plain` over
 * 100,000 characters of an article takes a third of it.
 */
export const MAPPING_LIMITS: WorkLimits = { work: 15_000_000, output: 1_000_000 };
/** The expression of a source that says what has happened: a word comes of it. */
export const EVENT_LIMITS: WorkLimits = { work: 5_000_000, output: 100_000 };
/** The derived fields of one image together. Longer texts would be refused by their fields. */
export const DERIVE_LIMITS: WorkLimits = { work: 10_000_000, output: 1_000_000 };
/** The body of a template: runs in a worker, where the page costs more than this. */
export const BODY_LIMITS: WorkLimits = { work: 200_000_000, output: 6_000_000 };

/** More work, or more output, than an evaluation may take. The message goes on after its subject. */
export class BudgetError extends Error {}

const count = (value: number) => value.toLocaleString('en');

/** Work of a value in a list that is written out, whatever it is. */
const PER_ENTRY = 100;
/** Characters that are put out are joined, escaped and read again. */
const PER_CHARACTER_OUT = 2;

/** Counts down. One for each evaluation; not to be used again. */
export class WorkBudget {
  #work: number;
  #output: number;
  readonly #limits: WorkLimits;
  readonly #met = new Set<string>();

  constructor(limits: WorkLimits) {
    this.#limits = limits;
    this.#work = limits.work;
    this.#output = limits.output;
  }

  /** @throws BudgetError */
  spend(steps: number): void {
    this.#work -= steps;
    if (this.#work >= 0) return;
    throw new BudgetError(
      `takes more work than is allowed (${count(this.#limits.work)} steps). Loop over fewer entries, as in {{#each (limit list 20)}}, and call helpers for long texts outside of loops and once.`,
    );
  }

  /** What is dear the first time, such as the format of a language. @throws BudgetError */
  spendOnce(what: string, steps: number): void {
    if (this.#met.has(what)) return;
    this.#met.add(what);
    this.spend(steps);
  }

  /** A value that an expression puts out, before it becomes text. @throws BudgetError */
  write(value: unknown): void {
    if (typeof value === 'string') this.#characters(value.length);
    else if (Array.isArray(value)) this.#list(value);
    else this.#characters(16);
  }

  #characters(length: number): void {
    this.spend(length * PER_CHARACTER_OUT);
    this.#output -= length;
    if (this.#output >= 0) return;
    throw new BudgetError(
      `gives more text than is allowed (${count(this.#limits.output)} characters). Show fewer entries of the list, or a shorter text.`,
    );
  }

  /** Lists become text with everything in them, other lists too; without recursion. */
  #list(list: readonly unknown[]): void {
    const open: unknown[][] = [[list]];
    for (let values = open.pop(); values; values = open.pop()) {
      for (const value of values) {
        this.spend(PER_ENTRY);
        if (Array.isArray(value)) open.push(value);
        else this.#characters(typeof value === 'string' ? value.length + 1 : 17);
      }
    }
  }
}
