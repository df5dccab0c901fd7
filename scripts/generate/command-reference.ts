import type { Command } from '../../src/cli/command.js';
import { optionLabel } from '../../src/cli/help-text.js';

const cell = (text: string) => text.replaceAll('|', '\\|');

function commandSection({ name, summary, usage, description, options, examples }: Command): string {
  const rows = Object.entries(options).map(
    ([key, spec]) => `| \`${cell(optionLabel(key, spec))}\` | ${cell(spec.doc)} |`,
  );
  return [
    `## ${name}`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    ['```', ...usage.map((line) => `cardpress ${line}`), '```'].join('\n'),
    description,
    ...(rows.length > 0 ? [['| option | meaning |', '|---|---|', ...rows].join('\n')] : []),
    [
      '```sh',
      examples.map(({ line, does }) => `# ${does}\ncardpress ${line}`).join('\n\n'),
      '```',
    ].join('\n'),
  ].join('\n\n');
}

/** The section of docs/cli.md that the command table makes. */
export function commandReference(commands: Command[]): string {
  return commands.map(commandSection).join('\n\n');
}
