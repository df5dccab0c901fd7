import { AppError } from '../errors/app-error.js';

export interface S3Location {
  bucket: string;
  region: string;
  /** `https://host[:port]` of a server other than AWS. */
  endpoint?: string | undefined;
}

interface Diagnosis {
  detail: string;
  retryable: boolean;
}

const WHO = 'the credentials that Cardpress runs with (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)';

/**
 * Turns any error of the S3 client into `storage_unavailable`, naming the setting to change.
 * `retryable`: the same call may succeed later with the same settings.
 */
export function fromS3Error(thrown: unknown, location: S3Location): AppError {
  if (thrown instanceof AppError) return thrown;
  const diagnosis = byName(nameOf(thrown), location) ??
    byStatus(statusOf(thrown), location) ??
    byConnection(thrown, location) ?? {
      detail: `${capital(host(location))} could not be used (${nameOf(thrown)}).`,
      retryable: true,
    };
  return new AppError('storage_unavailable', { ...diagnosis, cause: thrown });
}

/** The HTTP status of S3's response, if there was one. */
export function statusOf(thrown: unknown): number | undefined {
  const metadata = property(thrown, '$metadata');
  const status = property(metadata, 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

/** The error code of S3 (`NoSuchBucket`), of the SDK (`TimeoutError`) or of the system. */
export function nameOf(thrown: unknown): string {
  // Codes without a class in the SDK arrive as `Code`, or as the name itself.
  for (const key of ['Code', 'name', 'code']) {
    const value = property(thrown, key);
    if (typeof value === 'string' && !['Error', 'UnknownError'].includes(value)) return value;
  }
  return 'unknown error';
}

function byName(name: string, location: S3Location): Diagnosis | undefined {
  const bucket = `"${location.bucket}" (S3_BUCKET)`;
  switch (name) {
    case 'NoSuchBucket':
      return {
        detail: `The bucket ${bucket} does not exist at ${host(location)}: create it, or correct S3_BUCKET or S3_REGION.`,
        retryable: false,
      };
    case 'InvalidBucketName':
      return { detail: `S3 allows no bucket named ${bucket}: correct it.`, retryable: false };
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return wrongRegion(location);
    case 'SignatureDoesNotMatch':
    case 'InvalidAccessKeyId':
    case 'InvalidToken':
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return {
        detail: `${capital(host(location))} does not accept ${WHO}: correct or renew them (${name}). A proxy that changes the Host header also causes this.`,
        retryable: false,
      };
    case 'CredentialsProviderError':
      return {
        detail:
          'No S3 credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.',
        retryable: false,
      };
    case 'RequestTimeTooSkewed':
      return {
        detail: `The clock of this machine differs from that of ${host(location)}: set it (NTP).`,
        retryable: false,
      };
    case 'TimeoutError':
    case 'AbortError':
    case 'RequestTimeout':
      return {
        detail: `${capital(host(location))} did not answer in time or broke off: check the network and the load of the server.`,
        retryable: true,
      };
    case 'SlowDown':
    case 'TooManyRequests':
    case 'ServiceUnavailable':
      return {
        detail: `${capital(host(location))} asks for fewer requests (${name}).`,
        retryable: true,
      };
    default:
      return undefined;
  }
}

function byStatus(status: number | undefined, location: S3Location): Diagnosis | undefined {
  if (status === undefined) return undefined;
  if (status === 301 || status === 307) return wrongRegion(location);
  if (status === 401 || status === 403) {
    return {
      detail: `${capital(host(location))} denies access to "${location.bucket}" (S3_BUCKET): allow ${WHO} s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket, and check that the secret is right.`,
      retryable: false,
    };
  }
  if (status === 429 || status >= 500) {
    return {
      detail: `${capital(host(location))} has a fault of its own (HTTP ${status}).`,
      retryable: true,
    };
  }
  return {
    detail: `${capital(host(location))} refused the request (HTTP ${status}): check that S3_ENDPOINT speaks S3, S3_REGION, and S3_FORCE_PATH_STYLE.`,
    retryable: false,
  };
}

function byConnection(thrown: unknown, location: S3Location): Diagnosis | undefined {
  const code = systemCode(thrown);
  if (code === undefined) return undefined;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      detail: `The name of ${host(location)} does not resolve: correct S3_ENDPOINT, or set S3_FORCE_PATH_STYLE=true if the server gives buckets no host names.`,
      retryable: true,
    };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_TLS') || code.includes('CERT')) {
    return {
      detail: `No trusted TLS connection to ${host(location)} (${code}): correct S3_ENDPOINT, or name its authority in NODE_EXTRA_CA_CERTS.`,
      retryable: false,
    };
  }
  return {
    detail: `No connection to ${host(location)} (${code}): check that it runs and that S3_ENDPOINT is right.`,
    retryable: true,
  };
}

/** The system error code; if the SDK wrapped the error, its code is only in the text. */
function systemCode(thrown: unknown): string | undefined {
  const code = property(thrown, 'code');
  if (typeof code === 'string') return code;
  return String(property(thrown, 'message'))
    .split(/\W+/)
    .find((word) => /^(?:E[A-Z]{4,}|EAI_AGAIN|ERR_TLS_\w+)$/.test(word) || word.includes('CERT'));
}

function wrongRegion(location: S3Location): Diagnosis {
  return {
    detail: `The bucket "${location.bucket}" is not in the region "${location.region}": correct S3_REGION.`,
    retryable: false,
  };
}

/** Without user and path, which may contain secrets. */
function host(location: S3Location): string {
  return location.endpoint === undefined
    ? 'Amazon S3'
    : `the S3 server at ${new URL(location.endpoint).host}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
