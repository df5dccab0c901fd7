import { describe, expect, it } from '@jest/globals';
import { findJsonError } from '../../../src/http/json-error.js';

describe('findJsonError', () => {
  it.each([
    ['{"a":1,}', 1, 8, 'a key in double quotes'],
    ['{"a" 1}', 1, 6, 'a ":"'],
    ['{a: 1}', 1, 2, 'a key in double quotes or "}"'],
    ['[1, 2', 1, 6, 'a "," or the end of the list or object'],
    ['[1 2]', 1, 4, 'a "," or the end of the list or object'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a "," or the end of the list or object'],
    ['{"a": tru}', 1, 7, 'a value'],
    ['{"a": 01}', 1, 8, 'a "," or the end of the list or object'],
    ['[}', 1, 2, 'a value or "]"'],
    ['{} x', 1, 4, 'the end of the text'],
    ['"abc', 1, 5, 'a string that ends with " and escapes \\'],
    ['"a\\x"', 1, 3, 'a string that ends with " and escapes \\'],
    ['{"a": "line\nbreak"}', 1, 12, 'a string that ends with " and escapes \\'],
    ['', 1, 1, 'a value'],
  ])('finds the mistake in %j', (text, line, column, expected) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(findJsonError(text)).toEqual({ line, column, expected });
  });

  it.each([
    '{"a":[1,-2.5e3,true,false,null,{"b":"\\u00e9\\n\\"x\\""}],"c":{}}',
    ' [ ] ',
    '0',
    '"ü"',
  ])('finds nothing wrong with %j, as JSON.parse', (text) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(findJsonError(text)).toBeUndefined();
  });

  it('agrees with JSON.parse on every text that one edit makes of a valid one', () => {
    const valid = '{"k": [1, -2.5e+3, "a\\"b", true, null], "o": {"x": false}}';
    for (let at = 0; at <= valid.length; at += 1) {
      for (const put of ['', '"', ',', '}', ']', '{', '0', ' ', '\\', ':', '-', 'e']) {
        for (const drop of [0, 1]) {
          const text = valid.slice(0, at) + put + valid.slice(at + drop);
          let parses = true;
          try {
            JSON.parse(text);
          } catch {
            parses = false;
          }
          expect([text, findJsonError(text) === undefined]).toEqual([text, parses]);
        }
      }
    }
  });

  it('goes through nesting of any depth', () => {
    expect(findJsonError('['.repeat(500_000))).toMatchObject({ line: 1, column: 500_001 });
  });
});
