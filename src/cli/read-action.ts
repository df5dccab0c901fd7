import { didYouMean } from '../lib/nearest-name.js';
import { UsageError } from './command.js';

/** One of the things that a command does, such as `keys create <name>`. */
export interface Action<Run> {
  run: Run;
  /** The argument that it takes, as the usage calls it. */
  argument: string | undefined;
}

/**
 * The action that the first positional names, with its argument or ''.
 * @param extraHint stands behind the complaint about a second argument
 * @throws UsageError
 */
export function readAction<Run>(
  command: string,
  actions: Record<string, Action<Run>>,
  [name, ...rest]: string[],
  extraHint = '',
): { run: Run; argument: string } {
  const names = Object.keys(actions);
  if (name === undefined) throw new UsageError(`Expected one of: ${names.join(', ')}.`);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) {
    const hint = didYouMean(name, names) || ` Expected one of: ${names.join(', ')}.`;
    throw new UsageError(`There is no "${command} ${name}".${hint}`);
  }
  const wanted = action.argument === undefined ? 0 : 1;
  if (rest.length < wanted) {
    throw new UsageError(`${command} ${name}: expected <${action.argument}>.`);
  }
  if (rest.length > wanted) {
    const hint = wanted === 1 ? extraHint : '';
    throw new UsageError(`${command} ${name}: "${rest[wanted]}" is one argument too many.${hint}`);
  }
  return { run: action.run, argument: rest[0] ?? '' };
}
