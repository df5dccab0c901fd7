import type { Settings } from '../config/settings.js';
import { toAppError } from '../errors/app-error.js';
import { DEFAULT_BODY_LIMIT_BYTES } from '../http/app.js';
import { hookRoutes } from '../http/routes/hook-routes.js';
import { sourceRoutes } from '../http/routes/source-routes.js';
import type { ImageService } from '../images/image-service.js';
import { createHookReplays } from '../publishing/hook-replays.js';
import { createHookService, type HookService } from '../publishing/hook-service.js';
import type { SourcePages } from '../publishing/source-ports.js';
import { createSourceService } from '../publishing/source-service.js';
import { createSourceRecords } from '../records/source-records.js';
import type { TemplateRegistry } from '../templates/template.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';

/** The same hooks; counts the outcome of each request. */
function countHooks(hooks: HookService, count: (outcome: string) => void): HookService {
  return {
    async receive(...request) {
      try {
        const outcome = await hooks.receive(...request);
        count(outcome.action);
        return outcome;
      } catch (error) {
        count(toAppError(error).code);
        throw error;
      }
    },
  };
}

/** Builds sources and their hooks, which turn events of a CMS into pages. */
export function composeSources(
  settings: Pick<Settings, 'publicUrl'>,
  parts: {
    registry: TemplateRegistry;
    records: Pick<Records, 'redis'>;
    images: Pick<ImageService, 'prepare'>;
    pages: SourcePages;
  },
  { logger, metrics }: Observers,
) {
  const { registry, images, pages } = parts;
  const records = createSourceRecords(parts.records.redis);
  const sources = createSourceService({ records, registry, prepare: images.prepare });
  const hooks = createHookService({
    sources,
    records,
    pages,
    replays: createHookReplays(records),
    onRefused: (reason, source) =>
      logger.warn(
        { source: source.slice(0, 64), code: reason.code, reason: reason.detail },
        'a hook was refused',
      ),
    onLate: (error, source) =>
      logger.error(
        { err: error, source },
        'a page could not be published after its hook was answered',
      ),
  });
  const { publicUrl } = settings;
  return {
    sources,
    endpoints: [
      ...sourceRoutes({ sources, publicUrl }),
      ...hookRoutes({
        hooks: countHooks(hooks, metrics.hookRequest),
        maxBodyBytes: DEFAULT_BODY_LIMIT_BYTES,
        pathPrefix: new URL(publicUrl).pathname.replace(/\/+$/, ''),
      }),
    ],
  };
}
