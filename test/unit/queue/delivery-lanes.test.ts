import { describe, expect, it } from '@jest/globals';
import { createDeliveryLanes } from '../../../src/queue/delivery-lanes.js';

function lanesAt(perReceiver = 4) {
  const clock = { ms: 1_000 };
  return { clock, lanes: createDeliveryLanes(perReceiver, () => clock.ms) };
}

describe('the lanes of a worker', () => {
  it('give each receiver its share, and no receiver that of another', () => {
    const { lanes } = lanesAt(2);
    const first = lanes.take('slow.test');
    expect(lanes.take('slow.test')).toBeDefined();
    expect(lanes.take('slow.test')).toBeUndefined();
    expect(lanes.take('quick.test')).toBeDefined();
    first?.();
    expect(lanes.take('slow.test')).toBeDefined();
    expect(lanes.take('slow.test')).toBeUndefined();
  });

  it('send those who find no place away one after the other, by how long attempts take', () => {
    const { clock, lanes } = lanesAt(1);
    // Enough of 10 s each for the mean to be near.
    for (let n = 0; n < 20; n += 1) {
      const leave = lanes.take('slow.test');
      lanes.delayMs('slow.test');
      clock.ms += 10_000;
      leave?.();
      lanes.take('slow.test')?.();
      // A lane that is empty and awaited by nobody is forgotten; this one is awaited.
      lanes.delayMs('slow.test');
    }
    lanes.take('slow.test');
    const delays = [1, 2, 3, 4, 5].map(() => lanes.delayMs('slow.test'));
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
    expect(lanes.delayMs('quick.test')).toBeLessThan(1_000);
  });

  it('spread a long line over half a minute instead of asking all the time', () => {
    const { lanes } = lanesAt(4);
    for (let n = 0; n < 4; n += 1) lanes.take('slow.test');
    const delays = Array.from({ length: 10_000 }, () => lanes.delayMs('slow.test'));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBe(30_000);
  });
});
