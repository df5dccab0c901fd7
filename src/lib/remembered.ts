import { LRUCache } from 'lru-cache';

/**
 * `ask` with its last `max` answers kept, by name: for what costs much and is asked for again. Of
 * more names the least recently used are forgotten.
 */
export function remembered<T>(max: number, ask: (name: string) => T): (name: string) => T {
  // In objects of their own: an answer may be undefined.
  const answers = new LRUCache<string, { answer: T }>({ max });
  return (name) => {
    const known = answers.get(name);
    if (known) return known.answer;
    const answer = ask(name);
    answers.set(name, { answer });
    return answer;
  };
}
