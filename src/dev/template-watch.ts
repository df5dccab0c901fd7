import type { FolderRegistry } from '../library/folder-registry.js';
import { formatProblem } from '../templates/load-template.js';

export interface TemplateWatch {
  /** Calls back with the ids of what changed, added or removed ones too. Returns how to stop. */
  onChange(listener: (ids: string[]) => void): () => void;
  /** Resolves once the look under way is over. */
  close(): Promise<void>;
}

/** What is to be seen of each template: the loaded object (new at every load) and its problems. */
type State = Map<string, { template: unknown; problems: string }>;

function stateOf(registry: FolderRegistry): State {
  const state: State = new Map();
  for (const template of registry.list()) state.set(template.id, { template, problems: '' });
  for (const problem of registry.problems()) {
    const { template, problems = '' } = state.get(problem.template) ?? {};
    state.set(problem.template, { template, problems: `${problems}\n${formatProblem(problem)}` });
  }
  return state;
}

function changedIds(before: State, after: State): string[] {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].filter((id) => {
    const [old, now] = [before.get(id), after.get(id)];
    return old?.template !== now?.template || old?.problems !== now?.problems;
  });
}

/**
 * Looks at the files every `intervalMs`. Polling costs a `stat` a file and sees what the system's
 * own notices miss: mounted folders, network drives, editors that write a new file and rename it.
 */
export function watchTemplates(registry: FolderRegistry, intervalMs: number): TemplateWatch {
  const listeners = new Set<(ids: string[]) => void>();
  let state = stateOf(registry);
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    await registry.refresh();
    const now = stateOf(registry);
    const ids = changedIds(state, now);
    state = now;
    if (ids.length > 0) for (const listener of listeners) listener(ids);
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, intervalMs);

  return {
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      clearInterval(timer);
      listeners.clear();
      await looking;
    },
  };
}
