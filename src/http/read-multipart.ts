import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '../errors/app-error.js';

export interface FilePart {
  /** As the sender calls it, without folders; may be empty. */
  filename: string;
  contentType: string;
}

export interface MultipartOptions<T> {
  /** Of each text field. */
  maxFieldBytes: number;
  maxFields: number;
  /** Of the field that holds the file. Default `file`. */
  fileField?: string;
  /** Takes the file in as it comes. The stream fails where the sender goes away. */
  onFile(stream: Readable, part: FilePart): Promise<T>;
  /** Undoes `onFile` where the form turns out to be wrong afterwards. */
  discard(taken: T): Promise<void>;
}

export interface Multipart<T> {
  fields: Record<string, string>;
  file?: T;
}

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_HEADERS = 20;
const MAX_NAME_LENGTH = 100;

const invalid = (path: string, message: string, cause?: unknown) =>
  new AppError('invalid_request', {
    detail: path === '' ? message : `${path}: ${message}`,
    errors: [{ path, message }],
    cause,
  });

function createParser(req: IncomingMessage, options: MultipartOptions<unknown>): BusboyInstance {
  const contentType = req.headers['content-type'] ?? '';
  const wrongType = (detail: string) => new AppError('unsupported_media_type', { detail });
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) {
    throw wrongType('Send a form, with the header "Content-Type: multipart/form-data".');
  }
  if (!/;\s*boundary=(?:"[^"]+"|[^\s;"]+)/i.test(contentType)) {
    throw wrongType(
      'The header "Content-Type: multipart/form-data" lacks its boundary. Leave this header to your HTTP client.',
    );
  }
  if (!/^(?:identity)?$/i.test(req.headers['content-encoding'] ?? '')) {
    throw wrongType('Send the form as it is, without compression.');
  }
  const fileField = options.fileField ?? 'file';
  return new Busboy({
    headers: { ...req.headers, 'content-type': contentType },
    limits: {
      fieldSize: options.maxFieldBytes,
      fields: options.maxFields,
      files: 1,
      parts: options.maxFields + 2,
      headerPairs: MAX_HEADERS,
      headerSize: MAX_HEADER_BYTES,
    },
    // Also a file that came without its name.
    isPartAFile: (name, _type, filename) => filename !== undefined || name === fileField,
  });
}

/** One reading of one form: the first failure ends it, and nothing stays behind. */
class FormReading<T> {
  readonly #fields = new Map<string, string>();
  #stream: Readable | undefined;
  #taken: Promise<T> | undefined;
  #failure: Error | undefined;
  readonly #settled: Promise<void>;
  #settle: () => void = () => undefined;

  constructor(
    readonly req: IncomingMessage,
    readonly parser: BusboyInstance,
    readonly options: MultipartOptions<T>,
  ) {
    this.#settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async run(): Promise<Multipart<T>> {
    const { req, parser } = this;
    const gone = () => {
      if (!req.complete) this.#fail(invalid('file', 'The upload broke off. Send it again.'));
    };
    req.once('close', gone);
    // 'close' follows, and tells more.
    const ignore = () => undefined;
    req.on('error', ignore);
    this.#listen();
    req.pipe(parser);
    if (req.destroyed) gone();
    try {
      await this.#settled;
      return await this.#result();
    } finally {
      req.off('close', gone);
      req.unpipe(parser);
      // An answer reaches a sender that is still sending only if someone reads on.
      req.resume();
    }
  }

  #listen(): void {
    const { parser, options } = this;
    const { maxFields } = options;
    const tooMany = () =>
      this.#fail(
        invalid('', `The form has more than ${maxFields} fields. Send only what is known.`),
      );
    parser
      .on('file', (name, stream, filename, _encoding, contentType) => {
        this.#file(name, stream, { filename: filename ?? '', contentType });
      })
      .on('field', (name, value, _nameCut, valueCut) => this.#field(name, value, valueCut))
      .on('filesLimit', () => this.#fail(invalid('file', 'is there twice. Send one file.')))
      .on('fieldsLimit', tooMany)
      .on('partsLimit', tooMany)
      .on('error', (error) =>
        this.#fail(invalid('', 'The form is damaged or cut off. Send it again.', error)),
      )
      .on('finish', () => this.#settle());
  }

  #file(name: string | undefined, stream: Readable, part: FilePart): void {
    const { fileField = 'file', onFile } = this.options;
    // The parser reports what breaks off to the stream as well, whoever reads it.
    stream.on('error', () => undefined);
    if (this.#failure) {
      stream.resume();
      return;
    }
    if (name !== fileField) {
      stream.resume();
      const path = String(name ?? '').slice(0, MAX_NAME_LENGTH);
      this.#fail(invalid(path, `is a file. Send the file in the field "${fileField}".`));
      return;
    }
    this.#stream = stream;
    this.#taken = (async () => onFile(stream, part))();
    this.#taken.then(
      () => stream.resume(),
      (error: Error) => this.#fail(error),
    );
  }

  #field(name: string | undefined, value: string, isCut: boolean): void {
    const { maxFieldBytes } = this.options;
    const path = String(name ?? '').slice(0, MAX_NAME_LENGTH);
    if (!name || name.length > MAX_NAME_LENGTH) {
      const message = `A field of the form has no name, or one over ${MAX_NAME_LENGTH} characters.`;
      this.#fail(invalid('', message));
    } else if (this.#fields.has(name)) this.#fail(invalid(path, 'is there twice. Send it once.'));
    else if (isCut) this.#fail(invalid(path, `is larger than ${maxFieldBytes} bytes. Shorten it.`));
    else this.#fields.set(name, value);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.req.unpipe(this.parser);
    this.#stream?.destroy(error);
    this.#settle();
  }

  async #result(): Promise<Multipart<T>> {
    // What was begun is over before the answer: a file is either handed on or gone.
    const taken = await this.#taken?.then(
      (file) => ({ file }),
      (error: Error) => {
        this.#failure ??= error;
      },
    );
    if (this.#failure) {
      if (taken) await this.options.discard(taken.file);
      throw this.#failure;
    }
    return { fields: Object.fromEntries(this.#fields), ...(taken && { file: taken.file }) };
  }
}

/**
 * Reads a form with at most one file; the file is never held in memory here, and comes only as fast
 * as `onFile` takes it. Fields may stand before and after it.
 * @throws AppError `unsupported_media_type`; `invalid_request` by the name of the field (more fields
 * than `maxFields`, one over `maxFieldBytes` or given twice, a second file, one that breaks off);
 * what `onFile` throws
 */
export async function readMultipart<T>(
  req: IncomingMessage,
  options: MultipartOptions<T>,
): Promise<Multipart<T>> {
  return new FormReading(req, createParser(req, options), options).run();
}
