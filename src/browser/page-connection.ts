import type { CDPSession, Page } from 'playwright';
import { AppError } from '../errors/app-error.js';
import type { JobDeadline } from './job-deadline.js';

const WORLD_NAME = 'cardpress';

/**
 * A DevTools connection to one browser page. Every step ends with its answer, at the deadline, or
 * when the page crashes or is closed.
 */
export interface PageConnection {
  readonly cdp: CDPSession;
  /** False once the page crashed, was closed, or held another job's nonce. */
  readonly isUsable: boolean;
  markUnusable(): void;
  /** @throws AppError `render_timeout` naming the step, `render_crashed` */
  step<T>(name: string, deadline: JobDeadline, work: Promise<T>): Promise<T>;
  /**
   * Calls a function in an isolated world. `declaration` is the function's source text.
   * @throws AppError `render_crashed` if the function throws
   */
  call<T>(worldId: number, declaration: string, argument?: unknown): Promise<T>;
  /**
   * Opens an isolated world, which sees the document of its frame but shares no globals with it.
   * Returns the id of its execution context.
   */
  openWorld(frameId: string): Promise<number>;
}

export function connectPage(page: Page, cdp: CDPSession): PageConnection {
  let isUsable = true;
  let fail: (error: AppError) => void = () => undefined;
  const pageGone = new Promise<never>((_, reject) => {
    fail = reject;
  });
  pageGone.catch(() => undefined);
  const onGone = (detail: string) => {
    isUsable = false;
    fail(new AppError('render_crashed', { detail }));
  };
  page.on('crash', () => onGone('The page crashed, most likely for want of memory.'));
  page.on('close', () => onGone('The page was closed while it was in use.'));

  return {
    cdp,
    get isUsable() {
      return isUsable;
    },
    markUnusable() {
      isUsable = false;
    },
    step: (name, deadline, work) => deadline.within(name, Promise.race([work, pageGone])),
    async call<T>(worldId: number, declaration: string, argument?: unknown): Promise<T> {
      const answer = await cdp.send('Runtime.callFunctionOn', {
        functionDeclaration: declaration,
        executionContextId: worldId,
        arguments: argument === undefined ? [] : [{ value: argument }],
        awaitPromise: true,
        returnByValue: true,
      });
      if (answer.exceptionDetails) {
        const thrown = answer.exceptionDetails.exception?.description ?? 'unknown';
        throw new AppError('render_crashed', {
          detail: 'The page script failed.',
          cause: thrown,
        });
      }
      return answer.result.value as T;
    },
    async openWorld(frameId) {
      const { executionContextId } = await cdp.send('Page.createIsolatedWorld', {
        frameId,
        worldName: WORLD_NAME,
      });
      return executionContextId;
    },
  };
}
