import type { RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import { allows, type Scope } from '../../keys/scope.js';
import type {} from '../request-context.js';

/** Passes only keys with one of the scopes. Runs after `authenticate`. */
export function requireScope(wanted: readonly Scope[]): RequestHandler {
  const names = wanted.map((scope) => `"${scope}"`).join(' or ');
  return (_req, res, next) => {
    if (allows(res.locals.scopes ?? [], wanted)) {
      next();
      return;
    }
    throw new AppError('forbidden', {
      detail:
        `The API key lacks the scope ${names}. Use a key that has it, or make one: ` +
        `cardpress keys create NAME --scope ${wanted[0]}`,
    });
  };
}
