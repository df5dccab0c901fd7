import type { HookRequest, Source } from './source-ports.js';

export type HookAction = 'publish' | 'update' | 'unpublish' | 'ignore';

/** The event of a request, in one form for every CMS. */
export interface HookEvent {
  action: HookAction;
  /** The sender's name of the event, for people. */
  event: string;
  /** Why it is ignored. */
  reason?: string;
  /** The sender's id of the entry, constant over its life. */
  entry?: string;
  /** Time of the event, if it is in the body. */
  atMs?: number;
  /** The data that expressions can read. */
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

/**
 * The action of an event name, by its last known word: `entry.publish`, `post.published`, `delete`.
 */
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

/** Ghost sends no event name; the event follows from the status, now and before. */
function ghost(_request: HookRequest, body: Body): HookEvent {
  const type = 'page' in body && !('post' in body) ? 'page' : 'post';
  const { current: currentGiven, previous: previousGiven } = objectOf(body[type]);
  const current = objectOf(currentGiven);
  const previous = objectOf(previousGiven);
  // For a deletion only `previous` is sent: its fields are copied to where expressions look.
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

/**
 * For one click on "Publish", Strapi 5 sends two events: the draft was updated, and it was
 * published.
 */
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
  // Null for drafts; absent if a content type has no drafts.
  const isDraft = entry.publishedAt === null && /\.(create|update)$/.test(event);
  if (isDraft) return { action: 'ignore', event, reason: DRAFT, context: body, ...found };
  return plain(event, found, body);
}

function wordpress(_request: HookRequest, body: Body): HookEvent {
  const id = nameOf(objectOf(body.post).id);
  return plain(nameOf(body.event) ?? 'unknown', id ? { entry: id } : {}, body);
}

/**
 * The topic header names the event. If it is not signed, the body decides: a deleted entry has no
 * fields.
 */
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

/** Always an update, unless the source has an `event` expression. */
function generic(_request: HookRequest, body: Body): HookEvent {
  return { action: 'update', event: 'update', context: body };
}

const READERS = { ghost, strapi, wordpress, contentful, sanity, generic } as const;

/**
 * The event of a verified request.
 * @param eventName result of the source's own `event` expression, which overrides the reading of the
 *   kind
 */
export function readHookEvent(
  kind: Source['kind'],
  request: HookRequest,
  body: unknown,
  eventName?: string,
): HookEvent {
  const read = READERS[kind](request, objectOf(body));
  if (eventName === undefined) return read;
  const { reason: _reason, action: _action, event: _event, context, ...found } = read;
  return plain(eventName.slice(0, MAX_NAME_LENGTH) || 'unknown', found, context);
}
