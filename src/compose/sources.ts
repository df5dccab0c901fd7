import type { Settings } from '../config/settings.js';
import { DEFAULT_BODY_LIMIT_BYTES } from '../http/app.js';
import { hookRoutes } from '../http/routes/hook-routes.js';
import { sourceRoutes } from '../http/routes/source-routes.js';
import type { ImageService } from '../images/image-service.js';
import { createHookService } from '../publishing/hook-service.js';
import type { SourcePages } from '../publishing/source-ports.js';
import { createSourceService } from '../publishing/source-service.js';
import { createSourceRecords } from '../records/source-records.js';
import type { LoadedTemplateRegistry } from '../templates/registry.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';

/** Sources and their hooks: what a CMS tells becomes pages. */
export function composeSources(
  settings: Pick<Settings, 'publicUrl'>,
  parts: {
    registry: LoadedTemplateRegistry;
    records: Pick<Records, 'redis'>;
    images: Pick<ImageService, 'prepare'>;
    pages: SourcePages;
  },
  { logger }: Pick<Observers, 'logger'>,
) {
  const { registry, images, pages } = parts;
  const records = createSourceRecords(parts.records.redis);
  const sources = createSourceService({ records, registry, prepare: images.prepare });
  const hooks = createHookService({
    sources,
    records,
    pages,
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
        hooks,
        maxBodyBytes: DEFAULT_BODY_LIMIT_BYTES,
        pathPrefix: new URL(publicUrl).pathname.replace(/\/+$/, ''),
      }),
    ],
  };
}
