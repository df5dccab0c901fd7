import { describe, expect, it } from '@jest/globals';
import { parseHttpUrl, parseUrl } from '../../../src/lib/parse-url.js';

describe('an address', () => {
  it('is read in full, against its base, or not at all', () => {
    expect(parseUrl('https://example.com/a')?.href).toBe('https://example.com/a');
    expect(parseUrl('../b', 'https://example.com/c/d')?.href).toBe('https://example.com/b');
    expect(parseUrl('../b')).toBeUndefined();
    expect(parseUrl('https://')).toBeUndefined();
  });

  it('is one for a browser with http: and https: only', () => {
    expect(parseHttpUrl('HTTP://example.com')?.protocol).toBe('http:');
    expect(parseHttpUrl('ftp://example.com')).toBeUndefined();
    expect(parseHttpUrl('//example.com', 'https://a.example')?.host).toBe('example.com');
  });
});
