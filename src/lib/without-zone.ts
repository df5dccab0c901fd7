/** An address without the zone that systems write behind it, as in `fe80::1%eth0` (RFC 4007, 11). */
export function withoutZone(address: string): string {
  const mark = address.indexOf('%');
  return mark < 0 ? address : address.slice(0, mark);
}
