import type { HookRequest, Source } from './source-ports.js';

export type HookAction = 'publish' | 'update' | 'unpublish' | 'ignore';

/** What a request says, in the same words for every CMS. */
export interface HookEvent {
  action: HookAction;
  /** As the sender names it, for people. */
  event: string;
  /** Why it is ignored. */
  reason?: string;
  /** The sender's name of the entry, the same over its life. */
  entry?: string;
  /** When it happened, where the body tells. */
  atMs?: number;
  /** What expressions see. */
  context: Record<string, unknown>;
}

type Body = Record<string, unknown>;

const MAX_NAME_LENGTH = 200;
const DRAFT = 'A draft was saved; readers see no change until it is published.';

const objectOf = (value: unknown): Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : {};

const nameOf = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number'
    ? String(value).slice(0, MAX_NAME_LENGTH)
    : undefined;

const timeOf = (value: unknown): number | undefined => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
};

const ACTIONS: Record<string, HookAction> = {
  publish: 'publish',
  published: 'publish',
  create: 'publish',
  created: 'publish',
  update: 'update',
  updated: 'update',
  appear: 'publish',
  unpublish: 'unpublish',
  unpublished: 'unpublish',
  trash: 'unpublish',
  delete: 'unpublish',
  deleted: 'unpublish',
  archive: 'unpublish',
  disappear: 'unpublish',
};

/** `entry.publish`, `post.published`, `delete`: its last word that says what to do. */
function actionOf(event: string): HookAction {
  const words = event.toLowerCase().split(/[^a-z]+/);
  const known = words.findLast((word) => Object.hasOwn(ACTIONS, word));
  return (known && ACTIONS[known]) || 'ignore';
}

function plain(event: string, found: Partial<HookEvent>, context: Body): HookEvent {
  const action = actionOf(event);
  const reason = 'Only publish, update, unpublish and delete change a page.';
  return { action, event, context, ...(action === 'ignore' ? { reason } : {}), ...found };
}

/** Ghost names no event; what happened follows from the status, now and before. */
function ghost(_request: HookRequest, body: Body): HookEvent {
  const type = 'page' in body && !('post' in body) ? 'page' : 'post';
  const { current: currentGiven, previous: previousGiven } = objectOf(body[type]);
  const current = objectOf(currentGiven);
  const previous = objectOf(previousGiven);
  // Of what was deleted only `previous` is sent: expressions find it where they always look.
  const context = { ...body, [type]: { current: { ...previous, ...current }, previous } };
  const entry = nameOf(current.id) ?? nameOf(previous.id);
  const found = { context, ...(entry ? { entry: `${type}:${entry}` } : {}) };
  if (current.status === 'published') {
    const isNew = previous.status !== undefined && previous.status !== 'published';
    return isNew
      ? { action: 'publish', event: `${type}.published`, ...found }
      : { action: 'update', event: `${type}.published.edited`, ...found };
  }
  if (Object.keys(current).length === 0 && Object.keys(previous).length > 0) {
    return { action: 'unpublish', event: `${type}.deleted`, ...found };
  }
  if (previous.status === 'published') {
    return { action: 'unpublish', event: `${type}.unpublished`, ...found };
  }
  const status = nameOf(current.status) ?? 'unknown';
  return { action: 'ignore', event: `${type}.${status}`, reason: DRAFT, ...found };
}

/** Of one click on "Publish", Strapi 5 tells twice: the draft was updated, and it was published. */
function strapi(request: HookRequest, body: Body): HookEvent {
  const event = nameOf(body.event) ?? request.headers['x-strapi-event'] ?? 'unknown';
  const entry = objectOf(body.entry);
  const id = nameOf(entry.documentId) ?? nameOf(entry.id);
  const locale = nameOf(entry.locale);
  const atMs = timeOf(body.createdAt);
  const found = {
    ...(id ? { entry: [nameOf(body.uid) ?? nameOf(body.model), id, locale].join(':') } : {}),
    ...(atMs === undefined ? {} : { atMs }),
  };
  if (!event.startsWith('entry.')) {
    return { ...plain(event, found, body), action: 'ignore', reason: 'It is not about an entry.' };
  }
  // Null for drafts; absent where a content type has no drafts at all.
  const isDraft = entry.publishedAt === null && /\.(create|update)$/.test(event);
  if (isDraft) return { action: 'ignore', event, reason: DRAFT, context: body, ...found };
  return plain(event, found, body);
}

function wordpress(_request: HookRequest, body: Body): HookEvent {
  const id = nameOf(objectOf(body.post).id);
  return plain(nameOf(body.event) ?? 'unknown', id ? { entry: id } : {}, body);
}

/** The topic tells; where it is not signed, the body has the last word: it has no fields any more. */
function contentful(request: HookRequest, body: Body): HookEvent {
  const event = request.headers['x-contentful-topic'] ?? 'unknown';
  const sys = objectOf(body.sys);
  const id = nameOf(sys.id);
  const found = id ? { entry: id } : {};
  if (sys.type === 'DeletedEntry') return { action: 'unpublish', event, context: body, ...found };
  if (sys.type !== 'Entry') {
    return {
      action: 'ignore',
      event,
      reason: 'It is not about an entry.',
      context: body,
      ...found,
    };
  }
  const isPublish = event.endsWith('.publish');
  if (isPublish) return { action: 'publish', event, context: body, ...found };
  const isArchive = event.endsWith('.archive') && sys.archivedAt !== undefined;
  if (isArchive) return { action: 'unpublish', event, context: body, ...found };
  return { action: 'ignore', event, reason: DRAFT, context: body, ...found };
}

function sanity(request: HookRequest, body: Body): HookEvent {
  const event = request.headers['sanity-operation'] ?? 'update';
  const id = nameOf(body._id) ?? request.headers['sanity-document-id'];
  const found = id ? { entry: id.slice(0, MAX_NAME_LENGTH) } : {};
  if (id && /^(drafts|versions)\./.test(id)) {
    return { action: 'ignore', event, reason: DRAFT, context: body, ...found };
  }
  return plain(event, found, body);
}

/** Whatever it is, unless `event` of the source says more. */
function generic(_request: HookRequest, body: Body): HookEvent {
  return { action: 'update', event: 'update', context: body };
}

const READERS = { ghost, strapi, wordpress, contentful, sanity, generic } as const;

/**
 * What a verified request says.
 * @param said what the source's own `event` expression gives, which goes before the kind's reading
 */
export function readHookEvent(
  kind: Source['kind'],
  request: HookRequest,
  body: unknown,
  said?: string,
): HookEvent {
  const read = READERS[kind](request, objectOf(body));
  if (said === undefined) return read;
  const { reason: _reason, action: _action, event: _event, context, ...found } = read;
  return plain(said.slice(0, MAX_NAME_LENGTH) || 'unknown', found, context);
}
