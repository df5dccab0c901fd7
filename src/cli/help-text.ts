import type { Command, OptionSpec } from './command.js';

/** `--size <name,…>` */
export function optionLabel(name: string, spec: OptionSpec): string {
  return spec.type === 'boolean' ? `--${name}` : `--${name} <${spec.value ?? 'value'}>`;
}

function aligned(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

/** `cardpress --help` */
export function overviewText(commands: Command[]): string {
  return [
    'Cardpress presses HTML/CSS templates and data into pictures.',
    '',
    'Usage:  cardpress <command> [options]',
    '',
    aligned(commands.map(({ name, summary }) => [name, summary])),
    '',
    aligned([
      ['--help', 'this text; after a command: its own'],
      ['--version', 'the version'],
    ]),
    '',
    'Settings come from the environment (DATA_DIR, TEMPLATES_DIR, CHROMIUM_PATH, REDIS_URL, …);',
    '"cardpress doctor" shows all of them. Exit codes: 0 done, 1 it did not work, 2 wrong call.',
    '',
  ].join('\n');
}

/** `cardpress <command> --help` */
export function commandText(command: Command): string {
  const { name, summary, usage, description, options, examples } = command;
  const rows = Object.entries(options).map(([key, spec]): [string, string] => [
    optionLabel(key, spec),
    spec.doc,
  ]);
  return [
    `cardpress ${name}: ${summary}`,
    '',
    ...usage.map((line, index) => `${index === 0 ? 'Usage:  ' : '        '}cardpress ${line}`),
    '',
    description,
    ...(rows.length > 0 ? ['', 'Options:', aligned(rows)] : []),
    '',
    'Examples:',
    ...examples.map(({ line, does }) => `  # ${does}\n  cardpress ${line}`),
    '',
  ].join('\n');
}
