import { AppError } from '../errors/app-error.js';
import type { ObjectStore } from '../images/ports.js';
import { type FailureKind, failureKind } from './failure-kind.js';

export type StoreOperation = 'put' | 'head' | 'get' | 'delete' | 'list' | 'probe';

/** The same store; what fails of it is told before it is thrown on. */
export function instrumentStore<S extends ObjectStore>(
  store: S,
  onFailure: (operation: StoreOperation, kind: FailureKind) => void,
): S {
  function tell(operation: StoreOperation, error: unknown): void {
    // A key that cannot be one is the caller's mistake.
    if (!(error instanceof AppError) || error.code !== 'storage_unavailable') return;
    onFailure(operation, failureKind(error.cause));
  }

  async function watched<T>(operation: StoreOperation, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      tell(operation, error);
      throw error;
    }
  }

  return {
    ...store,
    put: (key, body, info) => watched('put', store.put(key, body, info)),
    head: (key) => watched('head', store.head(key)),
    get: (key) => watched('get', store.get(key)),
    delete: (key) => watched('delete', store.delete(key)),
    probe: () => watched('probe', store.probe()),
    async *list(prefix) {
      try {
        yield* store.list(prefix);
      } catch (error) {
        tell('list', error);
        throw error;
      }
    },
  };
}
