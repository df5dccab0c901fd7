import { describe, expect, it } from '@jest/globals';
import { commands } from '../../../src/cli/commands.js';
import { generatedSection } from '../../support/docs/generated-section.js';
import { callCli } from './call-cli.js';
import { commandReference } from './command-reference.js';

describe('docs/cli.md', () => {
  it('says what the command table says (UPDATE_DOCS=true writes it)', async () => {
    const { actual, expected } = await generatedSection(
      'cli.md',
      'commands',
      commandReference(commands),
    );
    expect(actual).toBe(expected);
  });

  it.each(commands.map(({ name }) => name))('%s has lines that fit a terminal', async (name) => {
    const { stdout, code } = await callCli([name, '--help']);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
  });
});
