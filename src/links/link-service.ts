import { randomBytes } from 'node:crypto';
import { AppError, type FieldError } from '../errors/app-error.js';
import type { ImageService } from '../images/image-service.js';
import type { ImageRequest, PreparedImage } from '../images/prepare.js';
import type { Quota } from '../images/quota.js';
import { base32 } from '../lib/base32.js';
import { didYouMean } from '../lib/nearest-name.js';
import { fieldTypes } from '../templates/field-types/field-types.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import {
  type CountedLink,
  LINK_ID_PATTERN,
  type Link,
  type LinkChanges,
  type LinkRecords,
} from './link.js';

const ID_BYTES = 10;

export type NewLink = Omit<Link, 'id' | 'createdAt'>;

/** The request for a link's image, with the given values over the fixed ones. */
export function linkRequest(link: NewLink, values: Record<string, string>): ImageRequest {
  const { template, size, output } = link;
  const data = { ...link.fixed, ...values };
  return { template, data, size, output, onMissing: 'fallback' };
}

function invalid(errors: FieldError[]): AppError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError('invalid_request', {
    detail: `${first?.path}: ${first?.message}${more}`,
    errors,
  });
}

const ENDED = { path: 'expires_at', message: 'must be in the future' };

function notFound(): AppError {
  return new AppError('link_not_found', {
    detail: 'There is no link with this id. Links are made with POST /v1/links.',
  });
}

function fieldProblems(template: Template, link: NewLink): FieldError[] {
  const { fields } = template.manifest;
  const known = Object.keys(fields);
  return Object.keys(link.fields).flatMap((name) => {
    const path = `fields.${name.slice(0, 64)}`;
    const type = Object.hasOwn(fields, name) ? fields[name]?.type : undefined;
    if (!type) {
      const hint = didYouMean(name, known) || ` Its fields are: ${known.join(', ')}.`;
      return [{ path, message: `The template has no such field.${hint}` }];
    }
    if (fieldTypes[type].mayVary !== false) return [];
    const message = `is of type ${type}, which must not vary: anybody can write into such an address. Give it in \`fixed\`.`;
    return [{ path, message }];
  });
}

/** Links for e-mail: created once, then requested by everyone who opens the mail. */
export function createLinkService(deps: {
  records: LinkRecords;
  images: Pick<ImageService, 'prepare' | 'ensure'>;
  registry: Pick<TemplateRegistry, 'get' | 'load'>;
  /** Called with a written link, so that it is cached without a read. */
  onWritten?: (link: Link) => void;
  now?: () => Date;
}) {
  const now = deps.now ?? (() => new Date());

  const isOver = (time: string) => Date.parse(time) <= now().getTime();

  function assertAhead(time: string): void {
    if (isOver(time)) throw invalid([ENDED]);
  }

  /** The generic image (without values) must be an image of this template itself. */
  function prepareGeneric(link: NewLink): PreparedImage {
    const { onMissing: _, ...request } = linkRequest(link, {});
    try {
      return deps.images.prepare(request);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid_data') throw error;
      const errors = (error.errors ?? []).map(({ path, message }) => ({
        path: path.replace(/^data\b/, 'fixed'),
        message: `${message} The fixed values must do by themselves: they are shown where a tag stays empty.`,
      }));
      throw invalid(errors);
    }
  }

  /**
   * Creates a link and has its generic image drawn. `quota` is the caller's.
   * @throws AppError `template_not_found`, `invalid_request` naming the field
   */
  async function create(request: NewLink, quota?: Quota): Promise<Link> {
    await deps.registry.load(request.template);
    const problems = fieldProblems(deps.registry.get(request.template), request);
    if (request.expiresAt !== undefined && isOver(request.expiresAt)) problems.push(ENDED);
    if (problems.length > 0) throw invalid(problems);
    const generic = prepareGeneric(request);
    const link: Link = {
      ...request,
      id: base32(randomBytes(ID_BYTES)),
      createdAt: now().toISOString(),
    };
    await deps.records.add(link);
    deps.onWritten?.(link);
    // Otherwise the first reader has it drawn; a full queue must not fail the creation.
    await deps.images.ensure(generic, { priority: 'publish', quota }).catch(() => undefined);
    return link;
  }

  /** @throws AppError `link_not_found` */
  async function get(id: string): Promise<CountedLink> {
    const found = LINK_ID_PATTERN.test(id) ? await deps.records.counted(id) : undefined;
    if (!found) throw notFound();
    return found;
  }

  /**
   * Changes limits and expiry of a link. Effective in all processes within five seconds.
   * @throws AppError `link_not_found`, `invalid_request`
   */
  async function change(id: string, changes: LinkChanges): Promise<CountedLink> {
    const { link } = await get(id);
    const { expiresAt, ...rest } = changes;
    if (typeof expiresAt === 'string') assertAhead(expiresAt);
    const { expiresAt: former, ...kept } = link;
    const end = expiresAt === undefined ? former : (expiresAt ?? undefined);
    const changed: Link = { ...kept, ...rest, ...(end === undefined ? {} : { expiresAt: end }) };
    if (!(await deps.records.replace(changed))) throw notFound();
    deps.onWritten?.(changed);
    return get(id);
  }

  /**
   * Removes a link. Its address still answers, with a card without its data; images stay.
   * @throws AppError `link_not_found`
   */
  async function remove(id: string): Promise<void> {
    const isLink = LINK_ID_PATTERN.test(id);
    if (!isLink || !(await deps.records.remove(id, now().toISOString()))) throw notFound();
  }

  return { create, get, list: deps.records.list, change, remove };
}

export type LinkService = ReturnType<typeof createLinkService>;
