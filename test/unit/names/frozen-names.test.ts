import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { outsideNames } from './outside-names.js';

/*
 * Names that others know: callers, dashboards, scripts, and data of older versions. What stands in
 * the list stays. A new name is added with UPDATE_NAMES=true; that never takes one away.
 */
const FILE = new URL('./frozen-names.json', import.meta.url);
type Names = Record<string, string[]>;
const frozen = JSON.parse(readFileSync(FILE, 'utf8')) as Names;
const present = await outsideNames();

if (process.env.UPDATE_NAMES === 'true') {
  for (const [kind, names] of Object.entries(present)) {
    frozen[kind] = [...new Set([...(frozen[kind] ?? []), ...names])].sort();
  }
  writeFileSync(FILE, `${JSON.stringify(frozen, null, 2)}\n`);
}

describe('names that are seen from outside', () => {
  it('are held by kind', () => {
    expect(Object.keys(frozen)).toEqual(Object.keys(present));
    // The control: each way of finding them finds some.
    expect(Object.entries(frozen).filter(([, names]) => names.length < 3)).toEqual([]);
  });

  it.each(Object.keys(present))('stay: %s', (kind) => {
    const names = present[kind] ?? [];
    expect(frozen[kind]?.filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(Object.keys(present))('are frozen once they are there: %s', (kind) => {
    // Mended by UPDATE_NAMES=true npx jest test/unit/names
    expect(present[kind]?.filter((name) => !frozen[kind]?.includes(name))).toEqual([]);
  });
});
