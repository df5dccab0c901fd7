/**
 * The address of a Cardpress, without slashes at its end.
 * @throws TypeError for what is no absolute http(s) address, or holds a query or a password
 */
export function cleanBaseUrl(baseUrl: string): string {
  let url: URL | undefined;
  try {
    url = new URL(baseUrl);
  } catch {
    // Told below.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new TypeError(
      'baseUrl: give the public address of your Cardpress, such as https://cards.example.com',
    );
  }
  return url.href.replace(/\/+$/, '');
}
