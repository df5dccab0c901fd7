import { readdir, readFile } from 'node:fs/promises';
import type { ApiAnswer, ApiCall } from './api-client.js';
import { colourFields, coloursOf, shownColours } from './colour-code.js';
import { until } from './until.js';

type Api = (path: string, call?: ApiCall) => Promise<ApiAnswer>;

/** Between two looks at the state of an image: the load is not to be one of questions. */
const LOOK_INTERVAL_MS = 100;
const SETTLED_TIMEOUT_MS = 180_000;

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));

/** Asks until there is an answer with a status below 300: the service may be away for a while. */
export async function insist(api: Api, path: string, call?: ApiCall): Promise<ApiAnswer> {
  const deadline = Date.now() + SETTLED_TIMEOUT_MS;
  for (;;) {
    const answer = await api(path, call).catch(() => undefined);
    if (answer && answer.status < 300) return answer;
    if (Date.now() > deadline) throw new Error(`${path}: ${answer?.status ?? 'no answer'}`);
    await pause();
  }
}

/** The image in its final state. */
export async function settled(api: Api, id: string) {
  const deadline = Date.now() + SETTLED_TIMEOUT_MS;
  for (;;) {
    const { json } = await insist(api, `/v1/images/${id}`);
    if (json.status === 'completed' || json.status === 'failed') return json;
    if (Date.now() > deadline) throw new Error(`${id} is ${json.status} and stays so`);
    await pause();
  }
}

export interface Tally {
  /** Images that were accepted. */
  accepted: number;
  completed: number;
  /** Which failed, and with what code. */
  failed: string[];
  /** Which never reached a final state. */
  lost: string[];
  /** Whose picture was that of another. */
  mismatched: string[];
}

/**
 * A steady load: `clients` ask for one image after the other, each with colours of its own, and
 * look at every picture. It goes on until stopped.
 */
export function startLoad(api: Api, options: { name: string; clients: number }) {
  const tally: Tally = { accepted: 0, completed: 0, failed: [], lost: [], mismatched: [] };
  let stopped = false;
  let asked = 0;

  async function one(text: string): Promise<void> {
    const body = { template: 'colour-code', data: colourFields(text), wait: 0 };
    const { json: accepted } = await insist(api, '/v1/images', { body });
    tally.accepted += 1;
    const image = await settled(api, accepted.id).catch(() => undefined);
    if (!image) tally.lost.push(text);
    else if (image.status === 'failed') tally.failed.push(`${text}: ${image.error?.code}`);
    else {
      const { bytes } = await insist(api, new URL(image.url).pathname);
      const shown = await shownColours(bytes);
      if (shown.join() !== coloursOf(text).join()) tally.mismatched.push(text);
      tally.completed += 1;
    }
  }

  async function client(): Promise<void> {
    while (!stopped) {
      asked += 1;
      await one(`${options.name} ${asked}`);
    }
  }
  const clients = Promise.all(Array.from({ length: options.clients }, client));

  return {
    completed: () => tally.completed,
    /** Until `more` further pictures were drawn and looked at. */
    async progress(more: number): Promise<void> {
      const from = tally.completed;
      await until(() => tally.completed >= from + more, SETTLED_TIMEOUT_MS);
    },
    /** Asks for nothing more; what has become of all that was accepted. */
    async stop(): Promise<Tally> {
      stopped = true;
      await clients;
      return tally;
    },
  };
}

/** What `stop` gives when every fault was survived. */
export const unharmed = (tally: Tally): Tally => ({
  accepted: tally.accepted,
  completed: tally.accepted,
  failed: [],
  lost: [],
  mismatched: [],
});

export interface ProcessState {
  pid: number;
  parent: number;
  /** `Z` for a zombie, `T` for one that is stopped. */
  state: string;
  command: string;
}

async function processState(pid: number): Promise<ProcessState | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, state, parent] = /^\d+ \(.*\) (\w) (\d+)/s.exec(stat) ?? [];
  if (!state) return undefined;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { pid, parent: Number(parent), state, command: command.replaceAll('\0', ' ') };
}

/** Everything that descends from a process, zombies too. */
export async function descendantsOf(root: number): Promise<ProcessState[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(processState))).filter((one) => one !== undefined);
  const found: ProcessState[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

/**
 * Signals each; those that are gone already do not count. Returns how many were reached. Signal 0
 * does nothing to them, and so counts those that are still there.
 */
export function signalAll(
  processes: Pick<ProcessState, 'pid'>[],
  signal: NodeJS.Signals | 0,
): number {
  return processes.filter(({ pid }) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }).length;
}

/** Whole numbers from 0 to below `limit`, the same in every run (mulberry32). */
export function seededRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
