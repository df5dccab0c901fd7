import express, { type Express, type Request, type RequestHandler, type Router } from 'express';
import type { ImageService } from '../images/image-service.js';
import type { KeyService } from '../keys/key-service.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Readiness } from '../observability/readiness.js';
import type { SessionService } from '../sessions/session-service.js';
import type { TemplateRegistry } from '../templates/template.js';
import type { ImageNotices } from '../webhooks/image-notices.js';
import { type ClientOptions, identifyClient } from './client-of.js';
import type { Endpoint } from './endpoint.js';
import { createFailedAttempts } from './failed-attempts.js';
import type { ImageFiles } from './image-files.js';
import { accessLog } from './middleware/access-log.js';
import { type AuthenticateOptions, authenticate } from './middleware/authenticate.js';
import { handleErrors, notFound } from './middleware/handle-errors.js';
import { httpMetrics } from './middleware/http-metrics.js';
import { imagePreflight } from './middleware/image-preflight.js';
import { jsonBody } from './middleware/json-body.js';
import { requestId } from './middleware/request-id.js';
import { requireScope } from './middleware/require-scope.js';
import { sameOrigin } from './middleware/same-origin.js';
import { securityHeaders } from './middleware/security-headers.js';
import { mountEndpoints } from './mount-endpoints.js';
import { openapiDocument } from './openapi-document.js';
import { assertOwnPage } from './own-pages.js';
import { docsRoutes } from './routes/docs-routes.js';
import { generateRoutes } from './routes/generate-routes.js';
import { imageFileRoutes } from './routes/image-file-routes.js';
import { imageRoutes } from './routes/image-routes.js';
import { operationRoutes } from './routes/operation-routes.js';
import { reviewRoutes } from './routes/review-routes.js';
import { sessionRoutes } from './routes/session-routes.js';
import { templateRoutes } from './routes/template-routes.js';
import { createSessionCookie } from './session-cookie.js';

/** Text in the size of a book chapter; pictures travel as URLs. */
export const DEFAULT_BODY_LIMIT_BYTES = 1024 * 1024;

export interface AppDeps {
  images: ImageService;
  notices: ImageNotices;
  /** @throws AppError `invalid_request` where a webhook's address must not be called */
  assertWebhook(url: string): Promise<void>;
  registry: TemplateRegistry;
  keys: Pick<KeyService, 'verify'>;
  /** For people who sign in with a key in a browser. */
  sessions?: SessionService;
  readiness: Readiness;
  metrics: Pick<Metrics, 'httpRequest' | 'text' | 'contentType'>;
  logger: Logger;
  /** `/metrics` is on a port of its own, and not here. */
  hasMetricsElsewhere?: boolean;
  /** The address that the outside world knows, with or without a slash at its end. */
  publicUrl: string;
  /** Where storage is files: serves `/images`. */
  imageFiles?: ImageFiles;
  /** The dashboard of the queues, for `/admin/queues`. */
  queuesRouter?: Router;
  bodyLimitBytes?: number;
  /** Trusted proxies, and networks that many readers share. */
  clients?: Omit<ClientOptions, 'logger'>;
  /** Endpoints of further capabilities; they are mounted and described like the others. */
  endpoints?: Endpoint[];
}

/** Bull Board styles elements in its page; everything else it needs is served beside it. */
const QUEUES_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; " +
  "form-action 'none'; frame-ancestors 'none'";

/**
 * The dashboard of the queues, for a browser: the key as a Basic password, or a session; nothing
 * from other sites.
 */
function mountQueues(
  app: Express,
  router: Router,
  deps: AppDeps,
  options: Pick<AuthenticateOptions, 'attempts' | 'sessions'>,
): void {
  const prepare: RequestHandler = (_req, res, next) => {
    res.locals.route = '/admin/queues';
    res.setHeader('Content-Security-Policy', QUEUES_POLICY);
    res.setHeader('Cache-Control', 'private, no-cache');
    next();
  };
  const key = authenticate({ keys: deps.keys, basic: true, ...options });
  const admin = requireScope(['admin']);
  app.use('/admin/queues', prepare, key, admin, sameOrigin(deps.publicUrl), router);
}

/**
 * The HTTP side of the API: routes parse, call one use case, and present. It opens nothing and
 * listens nowhere; see `createHttpServer`.
 */
export function createApp(deps: AppDeps): Express {
  const publicUrl = deps.publicUrl.replace(/\/+$/, '');
  let openapi: string | undefined;
  const attempts = createFailedAttempts();
  const cookie = createSessionCookie(publicUrl);
  const { sessions } = deps;
  const endpoints: Endpoint[] = [
    // The first router is tried first: the one with the most requests.
    ...imageRoutes(deps),
    ...reviewRoutes(deps),
    ...(deps.imageFiles ? imageFileRoutes({ files: deps.imageFiles }) : []),
    ...generateRoutes(deps),
    // Before the templates, whose `{id}` would match "import".
    ...(deps.endpoints ?? []),
    ...templateRoutes({ registry: deps.registry, images: deps.images, publicUrl }),
    ...(sessions ? sessionRoutes({ sessions, cookie, attempts, publicUrl }) : []),
    ...operationRoutes(deps),
    ...docsRoutes({
      publicUrl,
      openapi: () => {
        openapi ??= JSON.stringify(openapiDocument(endpoints, publicUrl));
        return openapi;
      },
    }),
  ];

  const app = express();
  app.disable('x-powered-by');
  // Proxies in front may distinguish upper and lower case, and let /ADMIN pass.
  app.enable('case sensitive routing');
  // Hashing every answer costs more than it saves: /v1 is never cached.
  app.disable('etag');
  // Express would answer 304 to `If-None-Match: *`; what has validators compares them itself.
  Object.defineProperty(app.request, 'fresh', { value: false });
  app.use(requestId, securityHeaders, accessLog(deps.logger), httpMetrics(deps.metrics));
  app.use(identifyClient({ ...deps.clients, logger: deps.logger }));
  app.use(imagePreflight);
  /** `ownPage` guards what other sites could make a browser with a session do. */
  const takeSessions = (ownPage: (req: Request) => void): Pick<AuthenticateOptions, 'sessions'> =>
    sessions ? { sessions: { cookie, verify: sessions.verify, assertOwnPage: ownPage } } : {};
  app.use(
    mountEndpoints(endpoints, {
      authenticate: authenticate({
        ...{ keys: deps.keys, attempts },
        ...takeSessions((req) => assertOwnPage(req, publicUrl)),
      }),
      jsonBody: jsonBody(deps.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES),
    }),
  );
  if (deps.queuesRouter) {
    // Its own pages send no header of ours; `sameOrigin` guards them.
    mountQueues(app, deps.queuesRouter, deps, { attempts, ...takeSessions(() => undefined) });
  }
  app.use(notFound, handleErrors(deps.logger));
  return app;
}
