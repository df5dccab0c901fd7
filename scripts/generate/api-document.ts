import type { Endpoint } from '../../src/http/endpoint.js';
import { openapiDocument } from '../../src/http/openapi-document.js';
import { batchCheckRoutes } from '../../src/http/routes/batch-check-routes.js';
import { batchEventRoutes } from '../../src/http/routes/batch-event-routes.js';
import { batchResultRoutes } from '../../src/http/routes/batch-result-routes.js';
import { batchRoutes } from '../../src/http/routes/batch-routes.js';
import { checkRoutes } from '../../src/http/routes/check-routes.js';
import { deliveryRoutes } from '../../src/http/routes/delivery-routes.js';
import { docsRoutes } from '../../src/http/routes/docs-routes.js';
import { draftRoutes } from '../../src/http/routes/draft-routes.js';
import { dynamicRoutes } from '../../src/http/routes/dynamic-routes.js';
import { generateRoutes } from '../../src/http/routes/generate-routes.js';
import { hookRoutes } from '../../src/http/routes/hook-routes.js';
import { imageFileRoutes } from '../../src/http/routes/image-file-routes.js';
import { imageRoutes } from '../../src/http/routes/image-routes.js';
import { keyRoutes } from '../../src/http/routes/key-routes.js';
import { linkRoutes } from '../../src/http/routes/link-routes.js';
import { operationRoutes } from '../../src/http/routes/operation-routes.js';
import { pageRoutes } from '../../src/http/routes/page-routes.js';
import { reviewRoutes } from '../../src/http/routes/review-routes.js';
import { sessionRoutes } from '../../src/http/routes/session-routes.js';
import { sourceRoutes } from '../../src/http/routes/source-routes.js';
import { templateRoutes } from '../../src/http/routes/template-routes.js';
import { urlRoutes } from '../../src/http/routes/url-routes.js';
import { versionRoutes } from '../../src/http/routes/version-routes.js';

/** Where a server is listed that nobody has yet; a service puts its own address there. */
const PUBLIC_URL = 'http://localhost:3000';

/**
 * What routes are given to work with. They are described here and never called, so whatever they
 * hold is held by nothing: a route that uses a part while it is described fails at once.
 */
function unusedParts<T extends object>(given: Partial<NoInfer<T>> = {}): T {
  return new Proxy(given as T, {
    get: (target, name) =>
      name in target ? Reflect.get(target, name) : new Proxy(() => undefined, { apply: refuse }),
  });
}
function refuse(): never {
  throw new Error('an endpoint is described here, without anything that it could call');
}

/** Every endpoint of a service that keeps its images as files, in the order of their paths. */
function everyEndpoint(): Endpoint[] {
  const endpoints = [
    imageRoutes(unusedParts()),
    reviewRoutes(unusedParts()),
    imageFileRoutes(unusedParts()),
    generateRoutes(unusedParts()),
    draftRoutes(unusedParts()),
    versionRoutes(unusedParts()),
    templateRoutes(unusedParts({ publicUrl: PUBLIC_URL })),
    dynamicRoutes(unusedParts()),
    urlRoutes(unusedParts()),
    linkRoutes(unusedParts({ publicUrl: PUBLIC_URL })),
    pageRoutes(unusedParts({ publicUrl: PUBLIC_URL })),
    sourceRoutes(unusedParts({ publicUrl: PUBLIC_URL })),
    hookRoutes(unusedParts({ pathPrefix: '', maxBodyBytes: 1 })),
    batchCheckRoutes(unusedParts()),
    batchRoutes(unusedParts()),
    batchEventRoutes(unusedParts()),
    batchResultRoutes(unusedParts()),
    deliveryRoutes(unusedParts()),
    keyRoutes(unusedParts()),
    sessionRoutes(unusedParts({ publicUrl: PUBLIC_URL })),
    checkRoutes(unusedParts()),
    operationRoutes(unusedParts({ hasMetricsElsewhere: false })),
    docsRoutes(unusedParts({ publicUrl: PUBLIC_URL })),
  ].flat();
  return endpoints.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The OpenAPI document that a service gives at `/openapi.json`. */
export const apiDocument = () => openapiDocument(everyEndpoint(), PUBLIC_URL);
