import { beforeEach, expect, it } from '@jest/globals';
import { createPagePool } from '../../../src/browser/page-pool.js';

class FakeContext {
  discarded = 0;
  constructor(
    readonly name: string,
    readonly templatePages: string[] = [],
    readonly room = 2,
  ) {}
  holds(shell: string) {
    return this.templatePages.includes(shell);
  }
  hasRoom() {
    return this.templatePages.length < this.room;
  }
  async discard() {
    this.discarded += 1;
  }
  use(shell: string) {
    if (this.holds(shell)) return;
    if (!this.hasRoom()) this.templatePages.shift();
    this.templatePages.push(shell);
  }
}

let contexts: FakeContext[];
let rack: ReturnType<typeof createPagePool<FakeContext>>;
beforeEach(() => {
  contexts = ['a', 'b', 'c'].map((name) => new FakeContext(name));
  rack = createPagePool(contexts);
});

/** One job after the other. */
function draw(shell: string): string {
  const context = rack.take(shell);
  context.use(shell);
  rack.giveBack(context);
  return context.name;
}

it('gives a job the context where its shell is warm, however long ago that was used', () => {
  expect([draw('x'), draw('y'), draw('z')]).toEqual(['a', 'a', 'b']);
  expect([draw('x'), draw('z'), draw('y')]).toEqual(['a', 'b', 'a']);
});

it('fills every context before a shell is given up, and then gives up what was wanted least', () => {
  const templatePages = ['1', '2', '3', '4', '5', '6'];
  for (const shell of templatePages) draw(shell);
  for (const shell of templatePages)
    expect(contexts.filter((context) => context.holds(shell))).toHaveLength(1);
  draw('1');
  draw('5');
  expect(draw('7')).toBe('b');
  for (const shell of ['1', '2', '5', '6']) {
    expect(contexts.some((context) => context.holds(shell))).toBe(true);
  }
});

it('gives each context to one job at a time', () => {
  const taken = [rack.take('x'), rack.take('x'), rack.take('x')];
  expect(new Set(taken).size).toBe(3);
  expect(() => rack.take('x')).toThrow('more contexts were taken');
  const [first] = taken;
  if (first) rack.giveBack(first);
  expect(rack.take('y')).toBe(first);
});

it('discards all, those in use too', async () => {
  rack.take('x');
  await rack.discardAll();
  expect(contexts.map(({ discarded }) => discarded)).toEqual([1, 1, 1]);
});
