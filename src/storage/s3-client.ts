import { S3Client } from '@aws-sdk/client-s3';

const CONNECT_TIMEOUT_MS = 3_000;
/** S3 accepts thousands; this bounds one process. Further requests wait. */
const MAX_SOCKETS = 32;

export interface S3ClientOptions {
  /** Absent: Amazon S3. */
  endpoint?: string | undefined;
  region: string;
  forcePathStyle: boolean;
  /** `when_required` for servers that do not know the SDK's newer checksums (most but AWS). */
  checksums: 'when_required' | 'when_supported';
  /** Including the first attempt. Default 3. */
  maxAttempts?: number | undefined;
  /** Absent: the AWS SDK's default chain (environment, files, roles). */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}

/** An S3 client with bounded connections, attempts and times; the SDK's defaults bound no wait. */
export function createS3Client(options: S3ClientOptions, timeoutMs: number): S3Client {
  const checksums = options.checksums === 'when_supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return new S3Client({
    region: options.region,
    forcePathStyle: options.forcePathStyle,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: options.maxAttempts ?? 3,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
      requestTimeout: timeoutMs,
      // Without it the SDK only logs a warning and keeps waiting.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  });
}
