import { createAddressPolicy } from '../assets/address-policy.js';
import { createGuardedFetch } from '../assets/guarded-fetch.js';
import { limitChecks } from '../checks/limit-checks.js';
import { parseEgressRule } from '../config/egress-rule.js';
import { MEGABYTE } from '../config/machine.js';
import { packageInfo } from '../config/package-info.js';
import type { Settings } from '../config/settings.js';
import { createAssetFactsReader } from '../encode/asset-facts.js';
import { pageImageNotice } from '../http/presenters/present-notice.js';
import { pageRoutes } from '../http/routes/page-routes.js';
import { PAGES_CALLER } from '../images/caller.js';
import type { ImageService } from '../images/image-service.js';
import { parseUrl } from '../lib/parse-url.js';
import type { FallbackChain } from '../links/fallback-chain.js';
import { createImageMemory } from '../links/image-memory.js';
import { createReadStored } from '../links/read-stored.js';
import { createCheckPage } from '../publishing/check-page.js';
import { createPageAnswer } from '../publishing/page-answer.js';
import { type Crawl, createImageCheck } from '../publishing/page-image-check.js';
import type { Page, PageImage } from '../publishing/page-record.js';
import { createPageService } from '../publishing/page-service.js';
import { createVerifyPage } from '../publishing/page-verify.js';
import { createPageRecords } from '../records/page-records.js';
import type { WebhookService } from '../webhooks/webhook-service.js';
import { instrumentDecoder } from './instrumented-decoder.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

const MEMORY_MAX_BYTES = 32 * MEGABYTE;
const MEMORY_FRESH_MS = 10_000;
/** Each check may hold the images of five crawlers, of up to 8 MB each. */
const CHECKS_AT_ONCE = 4;
/** Reading an image's header needs little memory, and the API has less of it than a worker. */
const FACTS_MAX_BYTES = 384 * MEGABYTE;

/** An egress rule for our own public address, which may be private. */
function ownRule(publicUrl: string) {
  const { hostname, port, protocol } = new URL(publicUrl);
  return parseEgressRule(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`);
}

/** Outgoing requests of page checks: to the outside, and to our own public address. */
function composeCrawl(settings: Settings) {
  const { egressAllow, publicUrl } = settings;
  const { version } = packageInfo;
  const policy = createAddressPolicy({ allow: egressAllow, ownUrl: publicUrl });
  const ownPolicy = createAddressPolicy({ allow: [...egressAllow, ownRule(publicUrl)] });
  const outside = createGuardedFetch({ policy, version });
  const own = createGuardedFetch({ policy: ownPolicy, version });
  const { origin } = new URL(publicUrl);
  const crawl: Crawl = (url, options) => {
    const isOwn = parseUrl(url)?.origin === origin;
    return (isOwn ? own : outside).fetch(url, { ...options, maxRedirects: 0, onOversize: 'cut' });
  };
  return {
    crawl,
    close: async () => {
      await Promise.all([outside.close(), own.close()]);
    },
  };
}

/** Builds pages: stable addresses of images, their tags, and the check as crawlers. */
export function composePages(
  settings: Settings,
  parts: {
    storage: Storage;
    records: Records;
    images: ImageService;
    fallbackChain: Pick<FallbackChain, 'answer'>;
    webhooks: Pick<WebhookService, 'assertEndpoint' | 'notify'>;
  },
  { logger, metrics }: Observers,
) {
  const { storage, images, fallbackChain, webhooks } = parts;
  const addressOptions = {
    publicUrl: settings.publicUrl,
    objectUrl: (key: string) => storage.store.publicUrl(key),
  };
  const imageRecords = parts.records.records;
  const records = createPageRecords(parts.records.redis);
  const { crawl, close } = composeCrawl(settings);
  const facts = createAssetFactsReader({
    size: 1,
    limits: { maxBytes: FACTS_MAX_BYTES },
    onDeath: instrumentDecoder({ logger, metrics }, 'page_checks'),
  });
  const checkImage = createImageCheck({
    crawl,
    readFacts: facts.readFacts,
    clock: () => performance.now(),
  });

  async function notifyImage(page: Page, pageImage: PageImage, url: string): Promise<void> {
    const record = await imageRecords.get(pageImage.wanted.imageId);
    const { publicUrl } = images;
    await webhooks.notify(
      pageImageNotice(page, pageImage, { url, record, publicUrl, shown: addressOptions }),
    );
  }

  const pages = createPageService({
    records,
    images,
    image: imageRecords.get,
    waitForSettled: imageRecords.waitForSettled,
    verify: createVerifyPage({ publicUrl: settings.publicUrl, checkImage }),
    async notify(page) {
      const { webhookUrl } = page.content;
      if (!webhookUrl) return;
      await Promise.all(page.images.map((pageImage) => notifyImage(page, pageImage, webhookUrl)));
    },
    onError: (error) => logger.warn({ err: error }, 'a page could not be checked or told of'),
  });
  const memory = createImageMemory({ maxBytes: MEMORY_MAX_BYTES, freshMs: MEMORY_FRESH_MS });
  const answerPage = createPageAnswer({
    records,
    readStored: createReadStored({
      ...{ store: storage.store, memory, deletionOf: imageRecords.deletionOf },
    }),
    answer: (request, options) =>
      fallbackChain.answer(request, { ...options, caller: PAGES_CALLER }),
    budgetMs: settings.dynamicBudgetMs,
  });
  return {
    pages,
    onSettled: pages.onSettled,
    endpoints: pageRoutes({
      pages,
      answerPage,
      checkPage: limitChecks(createCheckPage({ crawl, checkImage }), CHECKS_AT_ONCE),
      assertWebhook: webhooks.assertEndpoint,
      ...addressOptions,
    }),
    /** Waits for checks in flight, then closes the connections. */
    async close(): Promise<void> {
      await pages.close();
      await facts.close();
      await close();
    },
  };
}
