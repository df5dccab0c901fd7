import { packageInfo } from '../config/package-info.js';
import { didYouMean } from '../lib/nearest-name.js';
import { type Command, type Io, UsageError, write } from './command.js';
import { explainError } from './explain-error.js';
import { commandText, overviewText } from './help-text.js';
import { parseArguments } from './parse-arguments.js';

const USAGE_EXIT_CODE = 2;

function commandNamed(name: string, commands: Command[]): Command {
  const command = commands.find((c) => c.name === name);
  if (command) return command;
  const names = commands.map((c) => c.name);
  const near = didYouMean(name, names) || ` Commands are: ${names.join(', ')}.`;
  throw new UsageError(`There is no command "${name.slice(0, 64)}".${near}`);
}

/** Runs one call and returns its exit code. Never throws: every error is told on stderr. */
export async function runCli(args: string[], io: Io, commands: Command[]): Promise<number> {
  const [first, ...rest] = args;
  let asked: Command | undefined;
  try {
    if (first === '--version' || first === '-v') {
      await write(io.stdout, `${packageInfo.version}\n`);
      return 0;
    }
    if (first === undefined) {
      await write(io.stderr, overviewText(commands));
      return USAGE_EXIT_CODE;
    }
    const wantsHelp = first === '--help' || first === '-h' || first === 'help';
    if (wantsHelp && rest[0] === undefined) {
      await write(io.stdout, overviewText(commands));
      return 0;
    }
    if (!wantsHelp && first.startsWith('-')) {
      const near = didYouMean(first, ['help', 'version']).replace(/"(.+)"/, '--$1');
      throw new UsageError(`There is no option ${first}.${near}`);
    }
    asked = commandNamed(wantsHelp ? String(rest[0]) : first, commands);
    const { help, ...given } = parseArguments(asked, wantsHelp ? ['--help'] : rest);
    if (help) {
      await write(io.stdout, commandText(asked));
      return 0;
    }
    return await asked.run(given, io);
  } catch (error) {
    await write(io.stderr, explainError(error, asked?.name, io.env));
    return error instanceof UsageError ? USAGE_EXIT_CODE : 1;
  }
}
