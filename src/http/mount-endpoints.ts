import express, { type RequestHandler, type Router } from 'express';
import { AppError } from '../errors/app-error.js';
import { type Endpoint, scopesOf } from './endpoint.js';
import { requireScope } from './middleware/require-scope.js';
import type {} from './request-context.js';

export interface MountOptions {
  authenticate: RequestHandler;
  jsonBody: RequestHandler;
}

/** `/v1/images/{id}` → `/v1/images/:id`; `/images/{path*}` → `/images/*path`. */
function expressPath(path: string): string {
  return path.replace(/\{(\w+)\*\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
}

function note(endpoint: Pick<Endpoint, 'path' | 'quiet'>): RequestHandler {
  const route = endpoint.path.replace('*}', '}');
  return (_req, res, next) => {
    res.locals.route = route;
    if (endpoint.quiet) res.locals.quiet = true;
    next();
  };
}

function allowedMethods(endpoints: Endpoint[]): string {
  const methods = endpoints.map((endpoint) => endpoint.method.toUpperCase());
  if (methods.includes('GET')) methods.push('HEAD');
  return [...new Set(methods), 'OPTIONS'].sort().join(', ');
}

/** What is left at a path when no method matched. */
function otherMethods(allow: string): RequestHandler {
  return (req, res) => {
    res.setHeader('Allow', allow);
    if (req.method === 'OPTIONS') {
      res.status(204).end();
      return;
    }
    throw new AppError('method_not_allowed', {
      detail: `${req.method} is not possible here. Use one of: ${allow}.`,
    });
  };
}

/** Throws at start on errors that the first customer would find otherwise. */
function assertSound(endpoint: Endpoint): void {
  const inPath = [...endpoint.path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1]);
  if (inPath.join() !== Object.keys(endpoint.params).join()) {
    throw new Error(`${endpoint.method} ${endpoint.path}: describe exactly its path parameters`);
  }
}

/** One router for a list of endpoints: key, scope, body, handler, and 405 for other methods. */
export function mountEndpoints(endpoints: Endpoint[], options: MountOptions): Router {
  const router = express.Router({ caseSensitive: true });
  const exact = express.Router({ caseSensitive: true, strict: true });
  for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
    const group = endpoints.filter((endpoint) => endpoint.path === path);
    const isExact = group.some((endpoint) => endpoint.exact);
    const route = (isExact ? exact : router).route(expressPath(path));
    for (const endpoint of group) {
      assertSound(endpoint);
      const chain: RequestHandler[] = [note(endpoint)];
      if (endpoint.access === 'key') {
        chain.push(options.authenticate, requireScope(scopesOf(endpoint)));
      }
      if (endpoint.body) chain.push(options.jsonBody);
      chain.push((req, res) => endpoint.run(req, res));
      route[endpoint.method](...chain);
    }
    route.all(note({ path }), otherMethods(allowedMethods(group)));
  }
  router.use(exact);
  return router;
}
