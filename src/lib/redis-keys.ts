/*
 * The names of all keys in Redis. They are made here alone, so that the layout of what is kept can be
 * read, and changed, in one place. BullMQ names the keys of its queues itself.
 *
 * This is layout 1. Data of an older service must work after an upgrade: whoever changes a name counts
 * up here, and moves what is stored (test/integration/upgrade/upgrade.test.ts).
 */

export interface KeySpace {
  /** Keeps the data of one tenant apart from that of others in one Redis. Empty: the only one. */
  space?: string;
  /** In Redis Cluster all keys carry a hash tag, so that a script may touch several of them. */
  isCluster?: boolean;
}

const SPACE = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** `cp`; of a named space `cp/name`, with which no key of the unnamed space begins. */
function rootOf({ space = '', isCluster = false }: KeySpace): string {
  if (space !== '' && !SPACE.test(space)) {
    throw new Error(`"${space}" is no name of a space: use letters, digits and hyphens.`);
  }
  const root = space === '' ? 'cp' : `cp/${space}`;
  return isCluster ? `{${root}}` : root;
}

/** What is appended to the key of a batch's record, there and in scripts. */
export const batchParts = {
  rows: ':rows',
  items: ':items',
  failed: ':failed',
  /** List: rows to be fed once more. */
  redo: ':redo',
  flight: ':flight',
} as const;

/** Names of keys and of channels. Those that end in `Prefix` are completed by scripts in Redis. */
export function createRedisKeys(keySpace: KeySpace = {}) {
  const root = rootOf(keySpace);
  const image = (id: string) => `${root}:img:${id}`;
  const link = (id: string) => `${root}:link:${id}`;
  const page = (key: string) => `${root}:page:${key}`;
  const batch = (id: string) => `${root}:batch:${id}`;

  return {
    images: {
      record: image,
      trace: (id: string) => `${image(id)}:trace`,
      watchers: (id: string) => `${image(id)}:watch`,
      /** Set: requests that want the image only while connected. */
      waiters: (id: string) => `${image(id)}:visitors`,
      all: `${root}:imgs:all`,
      open: `${root}:imgs:open`,
      statusPrefix: `${root}:imgs:status:`,
      byTemplate: (template: string) => `${root}:imgs:template:${template}`,
      /** Hash: id of an image that was deleted and not requested with a key since → its deletion. */
      deleted: `${root}:imgs:deleted`,
      /** Stream: settled images that somebody watches. */
      settledStream: `${root}:imgs:told`,
      /** Channel: ids of images that have just settled. */
      settledChannel: `${root}:imgs:settled`,
    },
    batches: {
      record: batch,
      rows: (id: string) => batch(id) + batchParts.rows,
      items: (id: string) => batch(id) + batchParts.items,
      failed: (id: string) => batch(id) + batchParts.failed,
      redo: (id: string) => batch(id) + batchParts.redo,
      flight: (id: string) => batch(id) + batchParts.flight,
      all: `${root}:batches:all`,
      open: `${root}:batches:open`,
      /** Lease of the process that feeds rows. */
      leader: `${root}:batches:leader`,
      idempotency: (key: string) => `${root}:batches:key:${key}`,
    },
    links: {
      record: link,
      all: `${root}:links`,
      /** Set: ids of the images that count against the link's limit. */
      images: (id: string) => `${link(id)}:images`,
      /** When the link was removed. Kept, because its addresses are still in use. */
      removed: (id: string) => `${link(id)}:removed`,
      /** Counter: images of one minute. */
      minute: (id: string, at: Date) => `${link(id)}:minute:${Math.floor(at.getTime() / 60_000)}`,
      /**
       * Reservations. Sorted set: `<image> <kind> <network> <wide network>` by the time at which they
       * expire.
       */
      waiting: (id: string) => `${link(id)}:waiting`,
      /** Hash: number of images for each network, within a day. */
      networks: (id: string) => `${link(id)}:networks`,
      /**
       * Reclaimable images. Sorted set: image by the time from which its place in the limit may be
       * given to another.
       */
      lent: (id: string) => `${link(id)}:lent`,
      /** Hash: how often a limit was reached, and when. */
      refused: (id: string) => `${link(id)}:refused`,
      /** Hash: how many readers came with unfilled merge tags, the last one's field, and when. */
      unfilled: (id: string) => `${link(id)}:unfilled`,
    },
    pages: {
      record: page,
      /** Hash: id of an image of the page → which version it was. */
      versions: (key: string) => `${page(key)}:versions`,
      all: `${root}:pages`,
    },
    sources: {
      all: `${root}:sources`,
      /** Hash: entry of the CMS → keys of its pages. */
      entries: (source: string) => `${root}:source:entries:${source}`,
      /** Sorted set: digests of events by the time of their arrival, against replays. */
      seen: (source: string) => `${root}:source:seen:${source}`,
    },
    apiKeys: {
      /** Hash: id of a key → its hash. */
      ids: `${root}:key:ids`,
      record: (hash: string) => `${root}:key:hash:${hash}`,
      usage: (hash: string) => `${root}:key:usage:${hash}`,
      /** Pictures of a quota that are held for a batch. */
      hold: (id: string) => `${root}:key:hold:${id}`,
    },
    sessions: {
      /** By the SHA-256 of its id. */
      record: (hash: string) => `${root}:session:${hash}`,
    },
    templates: {
      /** Hash: id of a published template → the hashes of its current version's files. */
      current: `${root}:templates:current`,
      /** Counter: every change of what is current. */
      generation: `${root}:templates:generation`,
      /** Channel: the generation, whenever it has changed. */
      changedChannel: `${root}:templates:changed`,
      /** Set: ids of templates with a draft, which is all that are stored. */
      drafts: `${root}:templates:drafts`,
      draft: (id: string) => `${root}:template:${id}:draft`,
      /** List: what was published, rolled back and deleted, oldest first. */
      history: (id: string) => `${root}:template:${id}:history`,
      /** Hash: version → the hashes of its files. */
      versions: (id: string) => `${root}:template:${id}:versions`,
      /** The archive of files that are tried out, by `<id>@<version>`. */
      trial: (reference: string) => `${root}:template-trial:${reference}`,
    },
    deliveries: {
      recordPrefix: `${root}:dlv:rec:`,
      attemptsPrefix: `${root}:dlv:try:`,
      /** Failures of an endpoint in a row, by a hash of its address. */
      endpoint: (hash: string) => `${root}:dlv:end:${hash}`,
      all: `${root}:dlv:all`,
      statusPrefix: `${root}:dlv:status:`,
      /** Pending deliveries by the time of their next attempt. */
      due: `${root}:dlv:due`,
      /** Deliveries that are not pending: only these are evicted. */
      settled: `${root}:dlv:settled`,
    },
    workers: {
      /** Heartbeat of a process. */
      alive: (name: string) => `${root}:worker:${name}`,
      /** How many processes died over a piece of work. */
      deaths: (work: string) => `${root}:deaths:${work}`,
      /** The answer of a worker to a request that somebody waits for. */
      reply: (jobId: string) => `${root}:reply:${jobId}`,
    },
  };
}

/** The keys of this service. */
export const redisKeys = createRedisKeys();
