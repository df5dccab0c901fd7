import { expect, it } from '@jest/globals';
import { createNetworkRate } from '../../../src/links/network-rate.js';
import type { Reader } from '../../../src/links/reader.js';

const reader = (n: number, kind: Reader['kind'] = 'network'): Reader => ({
  kind,
  network: `198.18.0.${n}`,
  wideNetwork: '198.18.0.0/24',
});

function createWorld() {
  let nowMs = 0;
  const rate = createNetworkRate({
    network: { burst: 3, perSecond: 1 },
    wideNetwork: { burst: 5, perSecond: 2 },
    shared: { burst: 10, perSecond: 10 },
    refused: { burst: 4, perSecond: 1 },
    wideRefused: { burst: 8, perSecond: 1 },
    maxNetworks: 50,
    clock: () => nowMs,
  });
  /** How many of a hundred are let in. */
  const letIn = (who: (at: number) => Reader) => {
    let count = 0;
    for (let at = 0; at < 100; at += 1) {
      if (!rate.allows(who(at))) continue;
      rate.take(who(at));
      count += 1;
    }
    return count;
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { rate, letIn, pass };
}

it('lets a network have a burst, and then its rate', () => {
  const { letIn, pass } = createWorld();
  expect(letIn(() => reader(1))).toBe(3);
  pass(2_000);
  expect(letIn(() => reader(1))).toBe(2);
  pass(3_600_000);
  expect(letIn(() => reader(1))).toBe(3);
});

it('does not multiply it for whoever has a whole /24', () => {
  expect(createWorld().letIn((at) => reader(at))).toBe(5);
});

it('is generous to networks that many share, and counts nobody who is unknown', () => {
  const { letIn } = createWorld();
  expect(letIn(() => reader(1, 'shared'))).toBe(10);
  expect(letIn(() => reader(2, 'shared'))).toBe(10);
  expect(letIn(() => ({ kind: 'unknown', network: '', wideNetwork: '' }))).toBe(100);
});

it('remembers no more networks than it may', () => {
  const { rate, letIn } = createWorld();
  for (let round = 0; round < 30; round += 1) {
    letIn((at) => ({
      kind: 'network',
      network: `n${round}.${at}`,
      wideNetwork: `w${round}.${at}`,
    }));
  }
  expect(rate.size()).toBeLessThanOrEqual(50);
});

it('takes a network for a flood that goes on when it is refused, until it pauses', () => {
  const { rate, pass } = createWorld();
  const refuse = (n: number, times: number) => {
    for (let time = 0; time < times; time += 1) rate.refuse(reader(n));
  };
  refuse(1, 3);
  expect(rate.floods(reader(1))).toBe(false);
  refuse(1, 1);
  expect([rate.floods(reader(1)), rate.floods(reader(2))]).toEqual([true, false]);
  // What comes on top makes the pause no longer.
  refuse(1, 2);
  pass(1_000);
  expect(rate.floods(reader(1))).toBe(false);
});

it('takes a wide network for a flood, never one that many share, nor whoever is unknown', () => {
  const { rate } = createWorld();
  for (let n = 0; n < 9; n += 1) rate.refuse(reader(n));
  expect(rate.floods(reader(200))).toBe(true);
  const unknown: Reader = { kind: 'unknown', network: '', wideNetwork: '' };
  for (let n = 0; n < 99; n += 1) {
    rate.refuse(reader(1, 'shared'));
    rate.refuse(unknown);
  }
  expect([rate.floods(reader(1, 'shared')), rate.floods(unknown)]).toEqual([false, false]);
});
