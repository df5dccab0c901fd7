export interface S3AddressOptions {
  bucket: string;
  region: string;
  endpoint?: string | undefined;
  forcePathStyle: boolean;
  /** Public address of the bucket, e.g. a CDN: replaces everything before the key. */
  publicUrl?: string | undefined;
}

/**
 * The base of public addresses, without a slash at the end: `publicUrl` if given, else the address
 * of S3 itself, with the bucket in the path or in the host name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function s3PublicBase(options: S3AddressOptions): string {
  if (options.publicUrl !== undefined) return options.publicUrl.replace(/\/+$/, '');
  const { bucket, region } = options;
  const partition = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(options.endpoint ?? `https://s3.${region}.${partition}`);
  const path = url.pathname.replace(/\/+$/, '');
  if (options.forcePathStyle || !fitsHostName(bucket, url)) {
    return `${url.protocol}//${url.host}${path}/${bucket}`;
  }
  return `${url.protocol}//${bucket}.${url.host}${path}`;
}

/** A dot breaks the wildcard certificate; an IP address cannot have a name before it. */
function fitsHostName(bucket: string, url: URL): boolean {
  const isAddress = /^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('[');
  return !isAddress && !(url.protocol === 'https:' && bucket.includes('.'));
}
