import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8');

/** The lines below `head`, as far as they are indented more than it. */
function block(lines: string[], head: RegExp): string[] {
  const from = lines.findIndex((line) => head.test(line));
  if (from < 0) return [];
  const depth = lines[from]?.search(/\S/) ?? 0;
  const rest = lines.slice(from + 1);
  const end = rest.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= depth);
  return end < 0 ? rest : rest.slice(0, end);
}

/** With the blocks that are merged into it by `<<: *name`. */
function merged(lines: string[]): string[] {
  const all = text.split('\n');
  return lines.flatMap((line) => {
    const name = /^\s*<<: \*([\w-]+)/.exec(line)?.[1];
    return name ? block(all, new RegExp(`^x-[\\w-]+: &${name}$`)) : [line];
  });
}

/** One service of docker-compose.yml: its lines, and the names of its environment. */
export function composeService(name: string): { lines: string[]; environment: string[] } {
  const own = block(text.split('\n'), new RegExp(`^ {2}${name}:$`));
  const environment = merged(block(own, /^ {4}environment:$/)).flatMap(
    (line) => /^\s+([A-Z][A-Z0-9_]*):/.exec(line)?.[1] ?? [],
  );
  if (environment.length === 0) throw new Error(`docker-compose.yml sets nothing for ${name}`);
  return { lines: merged(own), environment };
}
