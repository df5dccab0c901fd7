import type { Request, Response } from 'express';
import type { ZodType } from 'zod';
import type { ErrorCode } from '../errors/catalogue.js';
import type { Scope } from '../keys/scope.js';
import { parseInput } from './parse-input.js';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface EndpointAnswer {
  description: string;
  /** Media type → schema of a JSON body, or undefined for bytes. */
  content?: Record<string, ZodType | undefined>;
  /** Header → what it says. */
  headers?: Record<string, string>;
}

interface DescribedShape {
  method: Method;
  /** OpenAPI form: `/v1/images/{id}`; `{path*}` takes the rest of the address, slashes included. */
  path: string;
  summary: string;
  description?: string;
  tag: 'Images' | 'Templates' | 'Delivery' | 'Operations' | (string & {});
  /** Answers other than errors, by status. */
  answers: Record<number, EndpointAnswer>;
  /** Bodies that the handler reads from the stream itself, by media type: for the description. */
  rawBodies?: Record<string, ZodType>;
  /** Codes of the catalogue that this endpoint adds to those that follow from its shape. */
  errors?: ErrorCode[];
  /** Probes, whose access lines are wanted at debug level only. */
  quiet?: boolean;
  /** No other spelling, such as with a slash at its end: rules of proxies go by this one. */
  exact?: boolean;
}

/** Who may ask: everybody, or whoever has an API key with the scope, or with any one of several. */
type Access =
  | { access: 'public'; scope?: never }
  | { access: 'key'; scope: Scope | readonly [Scope, ...Scope[]] };

type Described = DescribedShape & Access;

interface Input<P extends string, Q, B> {
  params: Record<P, string>;
  query: Q;
  body: B;
}

export type EndpointSpec<P extends string, Q, B> = Described & {
  /** Path parameter → what it is. */
  params?: Record<P, string>;
  query?: ZodType<Q>;
  /** JSON body. Without it the request's stream is left unread, for handlers with other bodies. */
  body?: ZodType<B>;
  handle(input: Input<P, Q, B>, res: Response, req: Request): Promise<void> | void;
};

/** An endpoint whose input types are closed over: what the app mounts and OpenAPI describes. */
export type Endpoint = Described & {
  params: Record<string, string>;
  query: ZodType | undefined;
  body: ZodType | undefined;
  run(req: Request, res: Response): Promise<void>;
};

/** The scopes of which a key needs one; none where no key is needed. */
export function scopesOf({ scope }: Pick<Endpoint, 'scope'>): readonly Scope[] {
  if (scope === undefined) return [];
  return typeof scope === 'string' ? [scope] : scope;
}

/** Binds an endpoint's schemas to its handler: what reaches `handle` has been checked. */
export function defineEndpoint<P extends string = never, Q = undefined, B = undefined>(
  spec: EndpointSpec<P, Q, B>,
): Endpoint {
  const { params, query, body, handle, ...described } = spec;
  return {
    ...described,
    params: params ?? {},
    query,
    body,
    async run(req, res) {
      // Express reads a query when it is asked for: nobody pays for one that no schema wants.
      const given = { query: query && req.query, body: req.body };
      const input = parseInput({ query, body }, given);
      // Express gives the parts of a wildcard as a list; the names are those of `params`.
      const entries = Object.entries(req.params).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join('/') : value,
      ]);
      await handle({ params: Object.fromEntries(entries), ...input } as Input<P, Q, B>, res, req);
    },
  };
}
