import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import {
  type AddressPolicyOptions,
  createAddressPolicy,
} from '../../../src/assets/address-policy.js';
import { createOwnAddresses } from '../../../src/assets/own-addresses.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { parseAddress } from '../../../src/lib/ip-address.js';

function policyOf(answers: Record<string, string[]> = {}, allow: string[] = []) {
  const asked: string[] = [];
  const options: AddressPolicyOptions = {
    allow: allow.map(parseEgressRule),
    resolve: async (hostname) => {
      asked.push(hostname);
      return (answers[hostname] ?? []).map((address) => ({ address }));
    },
  };
  return { policy: createAddressPolicy(options), asked };
}

const FORBIDDEN_ADDRESSES = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::10.0.0.1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::7f00:1',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::8.8.8.8',
  '100::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:2::1',
  '2001:10::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '3fff::1',
  '3ffe::1',
  '5f00::1',
  '4000::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'ff02::1',
  '::ffff:0:127.0.0.1',
];

const PUBLIC_ADDRESSES = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.15',
  '169.253.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.0.1.1',
  '192.167.1.1',
  '198.17.0.1',
  '198.20.0.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:80b::200e',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

describe('resolveAllowed', () => {
  it.each(FORBIDDEN_ADDRESSES)('refuses a name that leads to %s', async (address) => {
    const { policy } = policyOf({ 'name.test': [address] });
    await expect(policy.resolveAllowed('name.test', 443)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
  });

  it.each(FORBIDDEN_ADDRESSES)('refuses the literal %s without asking anyone', async (address) => {
    const { policy, asked } = policyOf();
    const spellings = address.includes(':') ? [address, `[${address}]`] : [address];
    for (const spelling of spellings) {
      await expect(policy.resolveAllowed(spelling, 80)).rejects.toMatchObject({
        code: 'asset_forbidden',
      });
    }
    expect(asked).toEqual([]);
  });

  it.each(PUBLIC_ADDRESSES)('lets %s pass, by name and as a literal', async (address) => {
    const { policy } = policyOf({ 'name.test': [address] });
    const family = address.includes(':') ? 6 : 4;
    await expect(policy.resolveAllowed('name.test', 443)).resolves.toMatchObject([{ family }]);
    await expect(policy.resolveAllowed(address, 443)).resolves.toMatchObject([{ family }]);
  });

  it('refuses all when one answer of several is forbidden', async () => {
    const { policy } = policyOf({ 'mixed.test': ['8.8.8.8', '10.0.0.1'] });
    await expect(policy.resolveAllowed('mixed.test', 443)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
  });

  it('asks once and returns every answer in order', async () => {
    const { policy, asked } = policyOf({ 'cdn.test': ['2606:4700::1', '8.8.8.8', '8.8.4.4'] });
    await expect(policy.resolveAllowed('CDN.test', 443)).resolves.toEqual([
      { address: '2606:4700::1', family: 6 },
      { address: '8.8.8.8', family: 4 },
      { address: '8.8.4.4', family: 4 },
    ]);
    expect(asked).toEqual(['cdn.test']);
  });

  it.each([
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '127.0.0.1.',
    'host.',
    '',
  ])('refuses "%s", which is not a plain name', async (hostname) => {
    const { policy, asked } = policyOf();
    await expect(policy.resolveAllowed(hostname, 80)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    expect(asked).toEqual([]);
  });

  it('calls a name without address, and a failing resolver, unreachable', async () => {
    const { policy } = policyOf();
    await expect(policy.resolveAllowed('nowhere.test', 443)).rejects.toMatchObject({
      code: 'asset_unreachable',
      detail: expect.stringContaining('nowhere.test has no address'),
    });
    const failing = createAddressPolicy({ resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    await expect(failing.resolveAllowed('nowhere.test', 443)).rejects.toMatchObject({
      code: 'asset_unreachable',
      retryable: true,
    });
  });

  it('does not tell what address a refused name has', async () => {
    const { policy } = policyOf({ 'intern.test': ['10.11.12.13'] });
    await expect(policy.resolveAllowed('intern.test', 443)).rejects.toMatchObject({
      detail: expect.not.stringContaining('10.11'),
    });
  });
});

describe('EGRESS_ALLOW', () => {
  const answers = { minio: ['10.0.0.5'], 'other.test': ['10.0.0.5'], six: ['fd00::5'] };

  it('exempts a named host on the named port only', async () => {
    const { policy } = policyOf(answers, ['minio:9000']);
    await expect(policy.resolveAllowed('minio', 9000)).resolves.toHaveLength(1);
    await expect(policy.resolveAllowed('minio', 80)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    await expect(policy.resolveAllowed('other.test', 9000)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
  });

  it('exempts a network for names and literals, in wrapped spellings too', async () => {
    const { policy } = policyOf(answers, ['10.0.0.0/8', 'fd00::/8']);
    for (const host of ['minio', 'other.test', 'six', '10.9.9.9', '::ffff:10.0.0.1', 'fd12::1']) {
      await expect(policy.resolveAllowed(host, 80)).resolves.toHaveLength(1);
    }
    for (const host of ['192.168.0.1', '::1', '11.0.0.0.', 'fc00::1']) {
      await expect(policy.resolveAllowed(host, 80)).rejects.toMatchObject({
        code: 'asset_forbidden',
      });
    }
    expect(policy.checkUrl('http://10.1.2.3/logo.png').hostname).toBe('10.1.2.3');
  });

  it('does not open ports that do not speak HTTP', async () => {
    const { policy } = policyOf(answers, ['minio', '10.0.0.0/8']);
    await expect(policy.resolveAllowed('minio', 6379)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    expect(() => policy.checkUrl('http://10.0.0.1:22/')).toThrow('port 22');
  });
});

describe('checkUrl', () => {
  const { policy } = policyOf();

  it.each([
    'http://127.0.0.1/',
    'HTTP://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://127.0.0.1./',
    'http://１２７.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://[::]/',
    'http://0/',
    'http://0.0.0.0:3000/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1:9000/',
    'http://①②⑦.0.0.1/',
    'http:\\\\127.0.0.1\\x',
    'http:/127.0.0.1/',
    'http:127.0.0.1',
  ])('refuses %s', (url) => {
    expect(() => policy.checkUrl(url)).toThrow('does not lead to a public address');
  });

  it.each([
    ['file:///etc/passwd', 'file: addresses'],
    ['\\\\localhost\\c$\\x', 'not a valid URL'],
    ['//example.com/x', 'not a valid URL'],
    ['ftp://example.com/x', 'ftp: addresses'],
    ['javascript:alert(1)', 'javascript: addresses'],
    ['ws://example.com/', 'ws: addresses'],
    ['blob:https://example.com/1', 'blob: addresses'],
    ['https://user@example.com/', 'user name or password'],
    ['https://user:pw@example.com/', 'user name or password'],
    ['https://example.com@127.0.0.1/', 'user name or password'],
    ['https://example.com./x', 'ends in a dot'],
    ['http://localhost./x', 'ends in a dot'],
    ['http://example.com:6379/', 'port 6379'],
    ['http://example.com:25/', 'port 25'],
    ['http://example.com:0/', 'port 0'],
  ])('refuses %s', (url, why) => {
    expect(() => policy.checkUrl(url)).toThrow(why);
  });

  it('lets ordinary addresses pass, normalised, and does not repeat their query', () => {
    expect(policy.checkUrl('HTTPS://Example.COM:8443/a?b=1').href).toBe(
      'https://example.com:8443/a?b=1',
    );
    expect(policy.checkUrl('http://8.8.8.8/').hostname).toBe('8.8.8.8');
    expect(() => policy.checkUrl('http://10.0.0.1/a?token=secret')).toThrow(
      expect.objectContaining({ detail: expect.not.stringContaining('secret') }),
    );
  });
});

describe('addresses of this machine', () => {
  const OWN = ['8.8.4.4', '2600:1f18::5', '2600:1f18::6%eth0'];
  const own = (answers: Record<string, string[]> = {}, more: AddressPolicyOptions = {}) =>
    createAddressPolicy({
      isOwn: createOwnAddresses({ read: () => OWN }),
      resolve: async (hostname) => (answers[hostname] ?? []).map((address) => ({ address })),
      ...more,
    });
  const refused = /\(it is one of the machine that Cardpress runs on\).*EGRESS_ALLOW/;

  it.each([
    'http://8.8.4.4/',
    'https://8.8.4.4:9200/',
    'http://134743044/',
    'http://0x08080404/',
    'http://010.8.4.4/',
    'http://[::ffff:8.8.4.4]/',
    'http://[::ffff:808:404]/',
    'http://[64:ff9b::8.8.4.4]/',
    'http://[2600:1f18::5]/',
    'http://[2600:1f18:0:0:0:0:0:5]:8080/',
    'http://[2600:1F18::0006]/',
  ])('are refused like private ones: %s', (url) => {
    expect(() => own().checkUrl(url)).toThrow(refused);
  });

  it.each(['http://[2002:808:404::1]/', 'http://[::8.8.4.4]/', 'http://[64:ff9b:1::808:404]/'])(
    'are refused in whatever is wrapped around them: %s',
    (url) => {
      expect(() => own().checkUrl(url)).toThrow(/does not lead to a public address/);
    },
  );

  it('are refused behind a name, also as one of several answers', async () => {
    const policy = own({
      'site.example': ['8.8.4.4'],
      'mixed.example': ['1.1.1.1', '2600:1f18::5'],
    });
    await expect(policy.resolveAllowed('site.example', 443)).rejects.toThrow(refused);
    await expect(policy.resolveAllowed('mixed.example', 80)).rejects.toThrow(refused);
    await expect(policy.resolveAllowed('[::ffff:808:404]', 80)).rejects.toThrow(refused);
  });

  it('are let through where the operator names them, by name, address, network and port', async () => {
    const answers = { 'site.example': ['8.8.4.4'] };
    for (const allow of [
      'site.example',
      'site.example:443',
      '8.8.4.4',
      '8.8.4.0/24',
      '8.8.4.4:443',
    ]) {
      const policy = own(answers, { allow: [parseEgressRule(allow)] });
      expect(await policy.resolveAllowed('site.example', 443)).toHaveLength(1);
    }
    const other = own(answers, { allow: [parseEgressRule('site.example:444')] });
    await expect(other.resolveAllowed('site.example', 443)).rejects.toThrow(refused);
  });

  it('are let through at PUBLIC_URL, and at no other port or name', async () => {
    const answers = { 'cards.example': ['8.8.4.4'], 'other.example': ['8.8.4.4'] };
    const policy = own(answers, { ownUrl: 'https://cards.example' });
    expect(await policy.resolveAllowed('cards.example', 443)).toHaveLength(1);
    await expect(policy.resolveAllowed('cards.example', 80)).rejects.toThrow(refused);
    await expect(policy.resolveAllowed('other.example', 443)).rejects.toThrow(refused);
    const literal = own({}, { ownUrl: 'http://8.8.4.4:3000' });
    expect(literal.checkUrl('http://8.8.4.4:3000/images/x').port).toBe('3000');
    expect(() => literal.checkUrl('http://8.8.4.4:3001/')).toThrow(refused);
    // What is private stays so, PUBLIC_URL or not.
    const inside = own({}, { ownUrl: 'http://10.0.0.1:3000' });
    expect(() => inside.checkUrl('http://10.0.0.1:3000/')).toThrow(/private/);
  });

  it('are looked at anew when they change', () => {
    let addresses = ['8.8.4.4'];
    let nowMs = 0;
    const isOwn = createOwnAddresses({ read: () => addresses, now: () => nowMs });
    const policy = own({}, { isOwn });
    expect(() => policy.checkUrl('http://8.8.4.4/')).toThrow(refused);
    expect(policy.checkUrl('http://9.9.9.9/').hostname).toBe('9.9.9.9');
    addresses = ['9.9.9.9'];
    nowMs = 1_000;
    expect(() => policy.checkUrl('http://9.9.9.9/')).toThrow(refused);
    expect(policy.checkUrl('http://8.8.4.4/').hostname).toBe('8.8.4.4');
  });

  it('are those of the interfaces here', () => {
    const isOwn = createOwnAddresses();
    for (const { address } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
      const parsed = parseAddress(address);
      expect([address, parsed && isOwn(parsed)]).toEqual([address, true]);
    }
  });
});
