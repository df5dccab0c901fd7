import { AppError } from '../errors/app-error.js';
import {
  extensionOf,
  formatOfExtension,
  hasQuality,
  imageExtensions,
} from '../formats/image-formats.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageRequest, OutputRequest, Prepare } from '../images/prepare.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { GivenReading } from '../templates/reading/reading-hints.js';
import type { ResolvedFields, TemplateRegistry } from '../templates/template.js';
import { canonicalAddress, readAddress } from './canonical-address.js';
import { templateNamed } from './template-named.js';
import { isSigned, SIGNATURE_PARAM, signAddress } from './url-signature.js';

/** Numbers in an address have a decimal point, whatever language their row names. */
const READING: GivenReading = { decimal: '.' };

/** Browsers, proxies and Node accept twice as much; some mail programs break longer addresses. */
const MAX_URL_LENGTH = 8_000;

const PATH = new RegExp(`^/i/([a-z0-9][a-z0-9_-]{0,63}(?:@[0-9a-f]{16})?)\\.(${imageExtensions})$`);

/** Field names never begin with `_`, so options and fields cannot collide. */
const SIZE = '_size';
const EXPIRES = '_expires';
/** Id of the API key in whose daily quota the image is counted. Without it no quota counts. */
const KEY = '_key';
const OUTPUT = { scale: '_scale', quality: '_quality', max_bytes: '_max_bytes' } as const;

export interface NewDynamicUrl {
  template: string;
  data: Record<string, unknown>;
  size?: string | undefined;
  output?: OutputRequest | undefined;
  expiresInSeconds?: number | undefined;
  /** Id of the key in whose quota the image is counted. */
  keyId?: string | undefined;
}

export interface DynamicRequest {
  request: ImageRequest;
  format: ImageFormat;
  /** Absent: never. */
  expiresAt?: Date;
  /** Id of the key in whose quota the image is counted. */
  keyId?: string;
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  const message = 'must be a text, a number, true, false or a list to stand in an address';
  throw new AppError('invalid_data', {
    detail: `data.${name}: ${message}`,
    errors: [{ path: `data.${name}`, message }],
  });
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** Makes and reads signed addresses. Their images are drawn when first requested. */
export function createDynamicUrls(deps: {
  /** Newest first: the first signs, and all of them are accepted. */
  keys: readonly [Buffer, ...Buffer[]];
  prepare: Prepare;
  registry: Pick<TemplateRegistry, 'get' | 'load'>;
  /** Without a slash at its end. */
  publicUrl: string;
  now?: () => Date;
}) {
  const now = deps.now ?? (() => new Date());

  /** As given, but for a number that would be read as another one in an address. */
  function textOf(template: string, name: string, value: unknown, fields: ResolvedFields): string {
    const text = valueText(name, value);
    const resolved = fields[name];
    if (typeof value !== 'string' || typeof resolved !== 'number') return text;
    const again = deps.prepare({
      ...{ template, data: { [name]: text }, onMissing: 'review', reading: READING },
    });
    return again.spec.fields[name] === resolved ? text : String(resolved);
  }

  function paramsOf(request: NewDynamicUrl, { output, fields }: ReturnType<Prepare>['spec']) {
    const params = new Map<string, string>();
    for (const [name, value] of Object.entries(request.data)) {
      if (value !== null && value !== undefined)
        params.set(name, textOf(request.template, name, value, fields));
    }
    if (request.size !== undefined) params.set(SIZE, request.size);
    if (output.scale !== 1) params.set(OUTPUT.scale, String(output.scale));
    if (request.output?.quality !== undefined && hasQuality(output.format)) {
      params.set(OUTPUT.quality, String(output.quality));
    }
    if (output.maxBytes > 0) params.set(OUTPUT.max_bytes, String(output.maxBytes));
    return params;
  }

  function assertUsable(request: NewDynamicUrl, url: string): void {
    const problem = Object.hasOwn(request.data, SIGNATURE_PARAM)
      ? {
          path: `data.${SIGNATURE_PARAM}`,
          message: `a field named "${SIGNATURE_PARAM}" cannot stand in a signed address: rename it in the template`,
        }
      : url.length > MAX_URL_LENGTH
        ? {
            path: 'data',
            message: `makes an address of ${url.length} characters; at most ${MAX_URL_LENGTH} are safe. Make the image with POST /v1/images and use its url.`,
          }
        : undefined;
    if (!problem) return;
    const { path, message } = problem;
    throw new AppError('invalid_request', { detail: `${path}: ${message}`, errors: [problem] });
  }

  /**
   * Makes a signed address; draws nothing.
   * @throws AppError as `prepare`, and `invalid_request` for what cannot be part of an address
   */
  function make(request: NewDynamicUrl): { url: string; expiresAt?: Date } {
    const { template, data, size } = request;
    const { spec } = deps.prepare({ template, data, size, output: request.output });
    const params = paramsOf(request, spec);
    const seconds = request.expiresInSeconds;
    const end =
      seconds === undefined ? undefined : Math.floor(now().getTime() / 1_000) + Math.ceil(seconds);
    if (end !== undefined) params.set(EXPIRES, String(end));
    if (request.keyId !== undefined) params.set(KEY, request.keyId);
    const address = { path: `/i/${template}.${extensionOf(spec.output.format)}`, params };
    const signature = signAddress(deps.keys[0], address);
    const mark = params.size === 0 ? '?' : '&';
    const url = `${deps.publicUrl}${canonicalAddress(address)}${mark}${SIGNATURE_PARAM}=${signature}`;
    assertUsable(request, url);
    return { url, ...(end === undefined ? {} : { expiresAt: new Date(end * 1_000) }) };
  }

  /** A list is encoded as JSON. Other text is left to the template's own parsing. */
  function readParam(template: string, name: string, text: string): unknown {
    const known = templateNamed(deps.registry, template);
    const spec = known?.manifest.fields[name];
    if (!spec || fieldTypeOf(spec).inAddress !== 'json' || !text.startsWith('[')) return text;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }

  function imageOf(template: string, format: ImageFormat, params: ReadonlyMap<string, string>) {
    const options = new Set<string>([
      SIZE,
      EXPIRES,
      KEY,
      SIGNATURE_PARAM,
      ...Object.values(OUTPUT),
    ]);
    const data = Object.fromEntries(
      [...params]
        .filter(([name]) => !options.has(name))
        .map(([name, text]) => [name, readParam(template, name, text)]),
    );
    const scale = wholeNumber(params.get(OUTPUT.scale)) ?? 1;
    const quality = wholeNumber(params.get(OUTPUT.quality));
    const output: OutputRequest = {
      format,
      scale: Math.min(3, Math.max(1, scale)),
      quality: quality === undefined ? undefined : Math.min(100, Math.max(1, quality)),
      max_bytes: wholeNumber(params.get(OUTPUT.max_bytes)),
    };
    const size = params.get(SIZE);
    return { template, data, size, output, onMissing: 'fallback', reading: READING } as const;
  }

  /**
   * The request in an address as received. Undefined if it never was such an address.
   * @throws AppError `bad_signature`
   */
  function read(raw: string): DynamicRequest | undefined {
    const address = readAddress(raw);
    const [, template, extension = ''] = PATH.exec(address?.path ?? '') ?? [];
    const format = formatOfExtension(extension);
    if (!address || !isSigned(deps.keys, address)) {
      // An address that lost its "?" was meant to be signed too.
      if (address && !format && !raw.includes(`${SIGNATURE_PARAM}=`)) return undefined;
      throw new AppError('bad_signature', {
        detail:
          'The signature is missing or is not of this address. Make addresses with POST /v1/urls, and change nothing in them.',
      });
    }
    if (!template || !format) return undefined;
    const expires = address.params.get(EXPIRES);
    // An unreadable expiry counts as expired.
    const expiresAt =
      expires === undefined ? undefined : new Date((wholeNumber(expires) ?? 0) * 1_000);
    const request = imageOf(template, format, address.params);
    const keyId = address.params.get(KEY);
    return {
      ...{ request, format },
      ...(expiresAt ? { expiresAt } : {}),
      ...(keyId ? { keyId } : {}),
    };
  }

  return { make, read, load: (reference: string) => deps.registry.load(reference) };
}

export type DynamicUrls = ReturnType<typeof createDynamicUrls>;
