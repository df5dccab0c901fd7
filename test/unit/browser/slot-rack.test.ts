import { beforeEach, expect, it } from '@jest/globals';
import { createSlotRack } from '../../../src/browser/slot-rack.js';

class FakeSlot {
  discarded = 0;
  constructor(
    readonly name: string,
    readonly shells: string[] = [],
    readonly room = 2,
  ) {}
  holds(shell: string) {
    return this.shells.includes(shell);
  }
  hasRoom() {
    return this.shells.length < this.room;
  }
  async discard() {
    this.discarded += 1;
  }
  use(shell: string) {
    if (this.holds(shell)) return;
    if (!this.hasRoom()) this.shells.shift();
    this.shells.push(shell);
  }
}

let slots: FakeSlot[];
let rack: ReturnType<typeof createSlotRack<FakeSlot>>;
beforeEach(() => {
  slots = ['a', 'b', 'c'].map((name) => new FakeSlot(name));
  rack = createSlotRack(slots);
});

/** One job after the other. */
function draw(shell: string): string {
  const slot = rack.take(shell);
  slot.use(shell);
  rack.giveBack(slot);
  return slot.name;
}

it('gives a job the slot where its shell is warm, however long ago that was used', () => {
  expect([draw('x'), draw('y'), draw('z')]).toEqual(['a', 'a', 'b']);
  expect([draw('x'), draw('z'), draw('y')]).toEqual(['a', 'b', 'a']);
});

it('fills every slot before a shell is given up, and then gives up what was wanted least', () => {
  const shells = ['1', '2', '3', '4', '5', '6'];
  for (const shell of shells) draw(shell);
  for (const shell of shells) expect(slots.filter((slot) => slot.holds(shell))).toHaveLength(1);
  draw('1');
  draw('5');
  expect(draw('7')).toBe('b');
  for (const shell of ['1', '2', '5', '6']) {
    expect(slots.some((slot) => slot.holds(shell))).toBe(true);
  }
});

it('gives each slot to one job at a time', () => {
  const taken = [rack.take('x'), rack.take('x'), rack.take('x')];
  expect(new Set(taken).size).toBe(3);
  expect(() => rack.take('x')).toThrow('more slots were taken');
  const [first] = taken;
  if (first) rack.giveBack(first);
  expect(rack.take('y')).toBe(first);
});

it('discards all, those in use too', async () => {
  rack.take('x');
  await rack.discardAll();
  expect(slots.map(({ discarded }) => discarded)).toEqual([1, 1, 1]);
});
