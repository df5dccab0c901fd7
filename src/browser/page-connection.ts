import type { CDPSession, Page } from 'playwright';
import { AppError } from '../errors/app-error.js';
import type { Deadline } from './deadline.js';

const WORLD = 'cardpress';

/** One browser page, spoken to by DevTools. Every step ends with its answer, at the deadline, or when the page is gone. */
export interface PageConnection {
  readonly cdp: CDPSession;
  /** False once the page crashed, was closed, or held what it should not. */
  readonly isUsable: boolean;
  markUnusable(): void;
  /** @throws AppError `render_timeout` naming the step, `render_crashed` */
  step<T>(name: string, deadline: Deadline, work: Promise<T>): Promise<T>;
  /** Calls a function in a world, which is given as text. @throws AppError `render_crashed` */
  call<T>(world: number, declaration: string, argument?: unknown): Promise<T>;
  /** An isolated world sees the document of its frame but shares no globals with it. */
  openWorld(frameId: string): Promise<number>;
}

export function connectPage(page: Page, cdp: CDPSession): PageConnection {
  let isUsable = true;
  let fail: (error: AppError) => void = () => undefined;
  const gone = new Promise<never>((_, reject) => {
    fail = reject;
  });
  gone.catch(() => undefined);
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
    step: (name, deadline, work) => deadline.within(name, Promise.race([work, gone])),
    async call<T>(world: number, declaration: string, argument?: unknown): Promise<T> {
      const answer = await cdp.send('Runtime.callFunctionOn', {
        functionDeclaration: declaration,
        executionContextId: world,
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
        worldName: WORLD,
      });
      return executionContextId;
    },
  };
}
