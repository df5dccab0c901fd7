import { describe, expect, it } from '@jest/globals';
import { clientNetwork } from '../../../src/http/client-network.js';
import { createFailedAttempts } from '../../../src/http/failed-attempts.js';

describe('clientNetwork', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    [undefined, ''],
  ])('of %s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});

describe('failed attempts', () => {
  const world = (maxNetworks?: number) => {
    const at = { ms: 1_000 };
    const attempts = createFailedAttempts({
      limit: 3,
      windowMs: 60_000,
      clock: () => at.ms,
      ...(maxNetworks ? { maxNetworks } : {}),
    });
    return { at, attempts };
  };

  it('are let pass up to the limit, then told how long to wait, until the window is over', () => {
    const { at, attempts } = world();
    const note = () => attempts.note('192.0.2.7');
    expect([note(), note(), note()]).toEqual([undefined, undefined, undefined]);
    expect(note()).toBe(60);
    at.ms += 59_001;
    expect(note()).toBe(1);
    expect(attempts.note('192.0.2.8')).toBeUndefined();
    at.ms += 999;
    expect([note(), note(), note()]).toEqual([undefined, undefined, undefined]);
    expect(note()).toBe(60);
  });

  it('of one /64 are those of one', () => {
    const { attempts } = world();
    for (let i = 0; i < 3; i += 1) attempts.note(`2001:db8:1:2::${i}`);
    expect(attempts.note('2001:db8:1:2:ffff::9')).toBe(60);
    expect(attempts.note('2001:db8:1:3::9')).toBeUndefined();
  });

  it('are remembered of so many networks only; the oldest is forgotten first', () => {
    const { at, attempts } = world(100);
    for (let i = 0; i < 4; i += 1) attempts.note('192.0.2.7');
    for (let i = 0; i < 99; i += 1) attempts.note(`2001:db8:0:${i.toString(16)}::1`);
    expect(attempts.note('192.0.2.7')).toBe(60);
    for (let i = 0; i < 10_000; i += 1) {
      at.ms += 1;
      attempts.note(`2001:db8:1:${i.toString(16)}::1`);
    }
    expect(attempts.size()).toBe(100);
    expect(attempts.note('192.0.2.7')).toBeUndefined();
  });
});
