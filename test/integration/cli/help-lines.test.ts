import { describe, expect, it } from '@jest/globals';
import { commands } from '../../../src/cli/commands.js';
import { callCli } from './call-cli.js';

describe('the help of a command', () => {
  it.each(commands.map(({ name }) => name))('%s has lines that fit a terminal', async (name) => {
    const { stdout, code } = await callCli([name, '--help']);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
  });
});
