import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A secret that is made once and then kept in `directory/name`, mode 0600. Two processes that
 * start together end with the same one: the file appears whole, and only if there was none.
 */
export async function loadOrMakeSecret(
  directory: string,
  name: string,
  make: () => string = () => randomBytes(32).toString('base64url'),
): Promise<string> {
  const path = join(directory, name);
  const existing = await readIfThere(path);
  if (existing) return existing;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${make()}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readIfThere(path);
  if (!secret) throw new Error(`${path} is empty. Delete it, and a new secret is made.`);
  return secret;
}

const MIN_PLAIN_LENGTH = 16;
const MAX_WEBHOOK_SECRETS = 5;

function assertWebhookSecret(secret: string): void {
  if (secret.startsWith('whsec_')) {
    const text = secret.slice('whsec_'.length);
    const key = Buffer.from(text, 'base64');
    // Standard Webhooks wants 24 to 64 bytes; Node's decoder passes over what is no base64.
    if (key.length >= 24 && key.length <= 64 && key.toString('base64') === text) return;
    throw new Error('expected base64 of 24 to 64 bytes after whsec_');
  }
  if (secret.length >= MIN_PLAIN_LENGTH && /^[\x21-\x7e]+$/.test(secret)) return;
  throw new Error(
    `expected whsec_ and base64, or at least ${MIN_PLAIN_LENGTH} characters of plain ASCII without spaces`,
  );
}

/**
 * The secrets that sign webhooks, newest first, from a list with commas.
 * @throws Error in plain words, without the secret
 */
export function parseWebhookSecrets(text: string): string[] {
  const secrets = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (secrets.length === 0 || secrets.length > MAX_WEBHOOK_SECRETS) {
    throw new Error(`expected 1 to ${MAX_WEBHOOK_SECRETS} secrets, separated by commas`);
  }
  for (const secret of secrets) assertWebhookSecret(secret);
  return secrets;
}

/** As Standard Webhooks writes them. */
export const makeWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
