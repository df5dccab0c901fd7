type Missing = { missingService(name: string): string | undefined };

/** Its message is one line that says what installs the service; see service-environment.mjs. */
export class MissingServiceError extends Error {
  override readonly name = 'MissingServiceError';
}

/**
 * For whatever starts a service or program that node_modules does not hold, and for `beforeAll`.
 * @throws MissingServiceError where it is not installed
 */
export async function requireService(
  ...names: (
    | 'chromium'
    | 'redis'
    | 'swift'
    | 'nginx'
    | 'prometheus'
    | 'ruby'
    | 'wordpress'
    | 'python3'
    | 'php'
  )[]
): Promise<void> {
  const services = new URL('../../scripts/test/services.mjs', import.meta.url).href;
  const { missingService } = (await import(services)) as Missing;
  for (const name of names) {
    const line = missingService(name);
    if (line !== undefined) throw new MissingServiceError(line);
  }
}
