import type { Settings } from '../config/settings.js';
import { dynamicRoutes } from '../http/routes/dynamic-routes.js';
import { linkRoutes } from '../http/routes/link-routes.js';
import { urlRoutes } from '../http/routes/url-routes.js';
import { deriveIdKey } from '../images/image-id.js';
import type { ImageService } from '../images/image-service.js';
import { createPrepare } from '../images/prepare.js';
import { createWithdrawImage } from '../images/withdraw-image.js';
import type { KeyCharges } from '../keys/key-charges.js';
import { createEventLoopUtilization } from '../lib/event-loop-utilization.js';
import { loadFolderRegistry } from '../library/folder-registry.js';
import { createAdmitReader } from '../links/admit-reader.js';
import { createDynamicImages } from '../links/dynamic-images.js';
import { createDynamicUrls } from '../links/dynamic-url.js';
import { createFallbackChain, type FallbackReason } from '../links/fallback-chain.js';
import type { Refusal } from '../links/link.js';
import { createLinkImages } from '../links/link-images.js';
import { createLinkMonitor } from '../links/link-monitor.js';
import { createLinkService } from '../links/link-service.js';
import { createNetworkRate } from '../links/network-rate.js';
import { createReaderTurns } from '../links/reader-turns.js';
import { createRecentLinks } from '../links/recent-links.js';
import { deriveNetworkKey, deriveUrlKey } from '../links/url-signature.js';
import { createLinkRecords } from '../records/link-records.js';
import { createLinkReservations } from '../records/link-reservations.js';
import { createWaiterRecords } from '../records/waiter-records.js';
import type { TemplateRegistry } from '../templates/template.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

/** Newest first. */
export function urlKeys(settings: Settings, signingSecret: string): [Buffer, ...Buffer[]] {
  const [newest, ...older] = (settings.urlSigningKeys ?? []).map((key) => Buffer.from(key, 'hex'));
  return newest ? [newest, ...older] : [deriveUrlKey(signingSecret)];
}

/** Makes signed addresses without a running service: needs only templates and settings. */
export async function composeLocalUrls(settings: Settings, signingSecret: string) {
  const registry = await loadFolderRegistry({ directory: settings.templatesDir });
  const urls = createDynamicUrls({
    keys: urlKeys(settings, signingSecret),
    prepare: createPrepare({ registry, idKey: deriveIdKey(signingSecret) }),
    registry,
    publicUrl: settings.publicUrl,
  });
  return { registry, urls, close: () => registry.close() };
}

/** Builds signed addresses, links for e-mail, and the fallback chain. */
export function composeLinks(
  settings: Settings,
  parts: {
    registry: TemplateRegistry;
    storage: Storage;
    records: Pick<Records, 'records' | 'redis' | 'queue'>;
    images: ImageService;
    signingSecret: string;
    charges: KeyCharges;
    /** For metrics: a fallback image was sent. */
    onFallback?: (reason: FallbackReason) => void;
    /** For metrics: a limit of a link was reached. */
    onLinkRefused?: (reason: Refusal | 'busy') => void;
  },
  { logger }: Pick<Observers, 'logger'>,
) {
  const { images, registry, storage, charges } = parts;
  const { quotaOf } = charges;
  const { dynamicBudgetMs: budgetMs, publicUrl } = settings;
  const onFallback = (reason: FallbackReason) => {
    parts.onFallback?.(reason);
    logger.debug({ reason }, 'another picture stood in');
  };
  const fallbackChain = createFallbackChain({
    images,
    registry,
    store: storage.store,
    waitForSettled: parts.records.records.waitForSettled,
    deletionOf: parts.records.records.deletionOf,
    withdrawImage: createWithdrawImage({
      waiters: createWaiterRecords(parts.records.redis),
      queue: parts.records.queue,
    }),
    onFallback,
  });
  const urls = createDynamicUrls({
    keys: urlKeys(settings, parts.signingSecret),
    prepare: images.prepare,
    registry,
    publicUrl,
  });
  const records = createLinkRecords(parts.records.redis);
  const recent = createRecentLinks(records);
  const links = createLinkService({ records, images, registry, onWritten: recent.keep });
  const reservations = createLinkReservations(parts.records.redis);
  const monitor = createLinkMonitor({
    reservations: reservations,
    logger,
    ...(parts.onLinkRefused ? { onRefused: parts.onLinkRefused } : {}),
  });
  const rate = createNetworkRate();
  const admitReader = createAdmitReader({
    reservations: reservations,
    rate,
    networkKey: deriveNetworkKey(parts.signingSecret),
    now: () => new Date(),
  });
  const linkImage = createLinkImages({
    getLink: recent.get,
    records,
    registry,
    admitReader,
    isFlooding: rate.floods,
    turns: createReaderTurns({ utilization: createEventLoopUtilization() }),
    fallbackChain,
    onFallback,
    quotaOf,
    onRefused: monitor.refused,
    onUnfilled: monitor.unfilled,
    budgetMs,
  });
  return {
    fallbackChain,
    close: monitor.close,
    endpoints: [
      ...dynamicRoutes({
        dynamicImage: createDynamicImages({ urls, fallbackChain, quotaOf, budgetMs }),
      }),
      ...urlRoutes({ urls }),
      ...linkRoutes({ links, linkImage, charges, publicUrl }),
    ],
  };
}
