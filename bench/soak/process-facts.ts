import { readdir, readFile } from 'node:fs/promises';

export interface ProcessFacts {
  pid: number;
  parent: number;
  /** `Z` for a zombie. */
  state: string;
  command: string;
}

async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, state, parent] = /^\d+ \(.*\) (\w) (\d+)/s.exec(stat) ?? [];
  if (state === undefined) return undefined;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { pid, parent: Number(parent), state, command: command.replaceAll('\0', ' ') };
}

/** Every process of this machine that can be seen. */
async function allProcesses(): Promise<ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(factsOf))).filter((one) => one !== undefined);
}

/** Everything below a process, zombies too. */
export async function descendantsOf(root: number): Promise<ProcessFacts[]> {
  const all = await allProcesses();
  const found: ProcessFacts[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

/** Processes that were started with this folder as TMPDIR, whoever looks after them by now. */
export async function processesWithTemporaryFolder(folder: string): Promise<ProcessFacts[]> {
  const all = await allProcesses();
  const own = await Promise.all(
    all.map(async (one) => {
      const environment = await readFile(`/proc/${one.pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`TMPDIR=${folder}`) ? one : undefined;
    }),
  );
  return own.filter((one) => one !== undefined);
}

export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}
