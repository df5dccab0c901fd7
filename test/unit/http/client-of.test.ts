import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { parseNetworks } from '../../../src/config/network-list.js';
import { clientNetwork, wideClientNetwork } from '../../../src/http/client-network.js';
import { type Client, identifyClient } from '../../../src/http/client-of.js';
import { mailProxies } from '../../../src/http/mail-proxies.js';
import { createNetworkSet } from '../../../src/http/network-set.js';

let warnings: unknown[];
let nowMs: number;
beforeEach(() => {
  warnings = [];
  nowMs = 0;
});

function whoIs(
  { peer, forwarded }: { peer: string; forwarded?: string },
  options: { trusted?: string; shared?: string } = {},
): Client | undefined {
  return createWhoIs(options)({ peer, ...(forwarded === undefined ? {} : { forwarded }) });
}

function createWhoIs(options: { trusted?: string; shared?: string }) {
  const identify = identifyClient({
    trustedProxies: parseNetworks(options.trusted ?? ''),
    sharedNetworks: parseNetworks(options.shared ?? ''),
    logger: { warn: (fields: unknown) => void warnings.push(fields) },
    clock: () => nowMs,
  });
  return ({ peer, forwarded }: { peer: string; forwarded?: string }) => {
    const res = { locals: {} } as Response;
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const req = { socket: { remoteAddress: peer }, headers } as unknown as Request;
    void identify(req, res, () => undefined);
    return res.locals.client;
  };
}

describe('whom a request comes from', () => {
  it('is its peer where no proxy is trusted, whatever it writes', () => {
    expect(whoIs({ peer: '203.0.113.9' })).toEqual({ address: '203.0.113.9', kind: 'network' });
    const forged = { peer: '203.0.113.9', forwarded: '66.249.84.1' };
    expect(whoIs(forged)).toEqual({ address: '203.0.113.9', kind: 'network' });
    expect(whoIs(forged, { trusted: '203.0.113.10' })?.address).toBe('203.0.113.9');
  });

  it('is the last address of the header that is no trusted proxy', () => {
    const trusted = '127.0.0.1, ::1, 10.1.0.0/16, 2001:db8:5::/48';
    const from = (forwarded: string, peer = '127.0.0.1') => whoIs({ peer, forwarded }, { trusted });
    expect(from('203.0.113.9')?.address).toBe('203.0.113.9');
    // What stands before was written by the client.
    expect(from('66.249.84.1, 203.0.113.9')?.address).toBe('203.0.113.9');
    expect(from('66.249.84.1, 203.0.113.9, 10.1.2.3')?.address).toBe('203.0.113.9');
    expect(from('66.249.84.1,203.0.113.9,2001:db8:5::7', '::1')?.address).toBe('203.0.113.9');
    expect(from('203.0.113.9', '::ffff:127.0.0.1')?.address).toBe('203.0.113.9');
    for (const spelling of ['203.0.113.9:4711', '::ffff:203.0.113.9', ' 203.0.113.9 ']) {
      expect(from(spelling)?.address).toBe('203.0.113.9');
    }
    expect(from('[2001:db8::9]:4711')?.address).toBe('2001:db8::9');
    expect(from('2001:db8::9')?.address).toBe('2001:db8::9');
  });

  it('is unknown where the last thing that a proxy tells is no address', () => {
    const from = (forwarded: string) =>
      whoIs({ peer: '198.51.100.1', forwarded }, { trusted: '198.51.100.1' });
    for (const nonsense of ['', 'unknown', '203.0.113.9, _hidden', '203.0.113.9,', '1.2.3', '%']) {
      expect([nonsense, from(nonsense)]).toEqual([
        nonsense,
        { address: '198.51.100.1', kind: 'unknown' },
      ]);
    }
    // All of them trusted: a request of the proxies' own.
    expect(from('198.51.100.1')?.kind).toBe('unknown');
  });

  it('is unknown behind a private address, where a proxy stands that nobody named', () => {
    for (const peer of ['127.0.0.1', '10.9.9.9', '172.18.0.1', '192.168.1.5', '::1', 'fd12::1']) {
      expect([peer, whoIs({ peer })?.kind]).toEqual([peer, 'unknown']);
      expect(whoIs({ peer, forwarded: '203.0.113.9' })?.kind).toBe('unknown');
    }
  });

  it('is a shared network for mail proxies and what the operator names', () => {
    const trusted = '127.0.0.1';
    const kind = (forwarded: string, shared = '') =>
      whoIs({ peer: '127.0.0.1', forwarded }, { trusted, shared })?.kind;
    expect(kind('66.249.84.7')).toBe('shared');
    expect(kind('2607:f8b0:4864::1')).toBe('shared');
    expect(kind('172.225.10.1')).toBe('shared');
    expect(kind('2a02:26f7:c240::1')).toBe('shared');
    expect(kind('52.97.1.1')).toBe('shared');
    expect(kind('203.0.113.9')).toBe('network');
    expect(kind('203.0.113.9', '203.0.113.0/24')).toBe('shared');
  });

  it('warns of a header that is not believed, once an hour, without a reader’s address', () => {
    const ask = createWhoIs({});
    for (let n = 0; n < 5; n += 1) ask({ peer: '10.0.0.7', forwarded: '203.0.113.9' });
    expect(warnings).toEqual([{ from: '10.0.0.7' }]);
    nowMs += 3_600_001;
    ask({ peer: '203.0.113.8', forwarded: '203.0.113.9' });
    expect(warnings[1]).toEqual({ from: 'a public address' });
  });
});

it('knows what a customer has, and what he may have', () => {
  expect(clientNetwork('203.0.113.9')).toBe('203.0.113.9');
  expect(wideClientNetwork('203.0.113.9')).toBe('203.0.113.0/24');
  expect(wideClientNetwork('::ffff:203.0.113.9')).toBe('203.0.113.0/24');
  expect(clientNetwork('2001:db8:1:2:3::4')).toBe('2001:db8:1:2::/64');
  expect(wideClientNetwork('2001:db8:1:2:3::4')).toBe('2001:db8:1::/48');
});

it('has a table of mail proxies that are networks, none of which holds a private address', () => {
  const text = mailProxies.map(({ address, prefixBits }) => `${address}/${prefixBits}`).join(',');
  expect(parseNetworks(text)).toEqual(mailProxies);
  const isMailProxy = createNetworkSet(mailProxies);
  for (const address of ['127.0.0.1', '10.0.0.1', '192.168.0.1', '172.16.0.1', '::1', 'fd00::1']) {
    expect([address, isMailProxy(address)]).toEqual([address, false]);
  }
});
