import { AppError } from '../errors/app-error.js';
import type { ObjectStore } from '../images/ports.js';
import { type FailureKind, failureKind } from './failure-kind.js';

export type StoreOperation = 'put' | 'head' | 'get' | 'delete' | 'list' | 'probe';

/** The same store; reports failures before they are thrown on. */
export function instrumentStore<S extends ObjectStore>(
  store: S,
  onFailure: (operation: StoreOperation, kind: FailureKind) => void,
): S {
  function report(operation: StoreOperation, error: unknown): void {
    // An invalid key is the caller's error.
    if (!(error instanceof AppError) || error.code !== 'storage_unavailable') return;
    onFailure(operation, failureKind(error.cause));
  }

  async function reporting<T>(operation: StoreOperation, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      report(operation, error);
      throw error;
    }
  }

  return {
    ...store,
    put: (key, body, info) => reporting('put', store.put(key, body, info)),
    head: (key) => reporting('head', store.head(key)),
    get: (key) => reporting('get', store.get(key)),
    delete: (key) => reporting('delete', store.delete(key)),
    probe: () => reporting('probe', store.probe()),
    async *list(prefix) {
      try {
        yield* store.list(prefix);
      } catch (error) {
        report('list', error);
        throw error;
      }
    },
  };
}
