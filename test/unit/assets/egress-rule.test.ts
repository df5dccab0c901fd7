import { describe, expect, it } from '@jest/globals';
import { parseEgressRule } from '../../../src/config/egress-rule.js';

describe('parseEgressRule', () => {
  it.each([
    ['minio', { kind: 'host', host: 'minio' }],
    ['MinIO.Example.com:9000', { kind: 'host', host: 'minio.example.com', port: 9000 }],
    [' object_store:9000 ', { kind: 'host', host: 'object_store', port: 9000 }],
    ['bücher.example', { kind: 'host', host: 'xn--bcher-kva.example' }],
    ['192.168.1.20', { kind: 'network', address: '192.168.1.20', prefixBits: 32 }],
    ['192.168.1.20:80', { kind: 'network', address: '192.168.1.20', prefixBits: 32, port: 80 }],
    ['10.1.0.0/16', { kind: 'network', address: '10.1.0.0', prefixBits: 16 }],
    ['10.1.0.0/16:9000', { kind: 'network', address: '10.1.0.0', prefixBits: 16, port: 9000 }],
    ['::1', { kind: 'network', address: '::1', prefixBits: 128 }],
    ['[::1]', { kind: 'network', address: '::1', prefixBits: 128 }],
    ['[::1]:9000', { kind: 'network', address: '::1', prefixBits: 128, port: 9000 }],
    ['FD00::/8', { kind: 'network', address: 'fd00::', prefixBits: 8 }],
    [
      '[fd12:3456::/32]:9000',
      { kind: 'network', address: 'fd12:3456::', prefixBits: 32, port: 9000 },
    ],
  ])('reads %s', (entry, rule) => {
    expect(parseEgressRule(entry)).toEqual(rule);
  });

  it.each([
    ['', 'it is empty'],
    ['http://minio', 'leave out the scheme'],
    ['minio:0', '"0" is no port'],
    ['minio:70000', '"70000" is no port'],
    ['minio:', '"" is no port'],
    ['10.0.0.5/8', 'not the first address'],
    ['10.0.0.0/33', 'no prefix of 0 to 32 bits'],
    ['10.0.0.0/', 'no prefix'],
    ['10.0.0.0/8/8', 'no prefix'],
    ['fd00::1/64', 'not the first address'],
    ['fe80::1%eth0', 'no IP address'],
    ['127.1', 'no host name'],
    ['0x7f000001', 'no host name'],
    ['2130706433', 'no host name'],
    ['999.1.1.1', 'no host name'],
    ['*.example.com', 'no host name'],
    ['minio.', 'no host name'],
    ['user@minio', 'no host name'],
    ['[minio]:80', 'brackets are for IPv6'],
    ['minio/path', 'no IP address'],
  ])('refuses "%s"', (entry, why) => {
    expect(() => parseEgressRule(entry)).toThrow(why);
    expect(() => parseEgressRule(entry)).toThrow(
      'expected a host name, an IP address or a network',
    );
  });
});
