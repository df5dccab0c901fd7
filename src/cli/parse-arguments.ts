import { parseArgs } from 'node:util';
import { didYouMean } from '../lib/nearest-name.js';
import { type Command, type Given, UsageError } from './command.js';

const shorts: Record<string, string> = { h: 'help' };

/**
 * Reads a command's options and positionals. parseArgs is asked for its tokens only: its own
 * complaints name neither what was probably meant nor what was expected.
 * @throws UsageError
 */
export function parseArguments(
  command: Pick<Command, 'options'>,
  args: string[],
): Given & { help: boolean } {
  const { options } = command;
  const known = { ...options, help: { type: 'boolean', doc: '' } as const };
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(Object.entries(known).map(([name, { type }]) => [name, { type }])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const positionals: string[] = [];
  const values: Record<string, boolean | string | string[] | undefined> = {};
  for (const [name, spec] of Object.entries(options)) {
    values[name] = spec.type === 'boolean' ? false : spec.multiple ? [] : undefined;
  }
  let help = false;
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const name = token.rawName.startsWith('--') ? token.name : (shorts[token.name] ?? token.name);
    if (name === 'help') {
      help = true;
      continue;
    }
    const spec = token.rawName.startsWith('--') ? options[name] : undefined;
    if (!spec) {
      const near = didYouMean(name, Object.keys(known)).replace(/"(.+)"/, '--$1');
      throw new UsageError(`There is no option ${token.rawName}.${near}`);
    }
    if (spec.type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`--${name} takes no value.`);
      values[name] = true;
      continue;
    }
    const { value } = token;
    if (value === undefined || (!token.inlineValue && /^-./.test(value))) {
      const hint = value === undefined ? '' : ` To give "${value}", write --${name}=${value}`;
      throw new UsageError(`--${name}: expected <${spec.value ?? 'value'}> after it.${hint}`);
    }
    if (spec.multiple) (values[name] as string[]).push(value);
    else values[name] = value;
  }
  return { positionals, values: values as Given['values'], help };
}
