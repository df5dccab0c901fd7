import { describe, expect, it } from '@jest/globals';
import { createReceiverShares } from '../../../src/queue/receiver-shares.js';

function sharesAt(perReceiver = 4) {
  const clock = { ms: 1_000 };
  return { clock, shares: createReceiverShares(perReceiver, () => clock.ms) };
}

describe('the shares of a worker', () => {
  it('give each receiver its share, and no receiver that of another', () => {
    const { shares } = sharesAt(2);
    const first = shares.take('slow.test');
    expect(shares.take('slow.test')).toBeDefined();
    expect(shares.take('slow.test')).toBeUndefined();
    expect(shares.take('quick.test')).toBeDefined();
    first?.();
    expect(shares.take('slow.test')).toBeDefined();
    expect(shares.take('slow.test')).toBeUndefined();
  });

  it('send those who find no place away one after the other, by how long attempts take', () => {
    const { clock, shares } = sharesAt(1);
    // Enough of 10 s each for the mean to be near.
    for (let n = 0; n < 20; n += 1) {
      const leave = shares.take('slow.test');
      shares.delayMs('slow.test');
      clock.ms += 10_000;
      leave?.();
      shares.take('slow.test')?.();
      // A share that is empty and awaited by nobody is forgotten; this one is awaited.
      shares.delayMs('slow.test');
    }
    shares.take('slow.test');
    const delays = [1, 2, 3, 4, 5].map(() => shares.delayMs('slow.test'));
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
    expect(shares.delayMs('quick.test')).toBeLessThan(1_000);
  });

  it('spread a long line over half a minute instead of asking all the time', () => {
    const { shares } = sharesAt(4);
    for (let n = 0; n < 4; n += 1) shares.take('slow.test');
    const delays = Array.from({ length: 10_000 }, () => shares.delayMs('slow.test'));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBe(30_000);
  });
});
