import { join } from 'node:path';
import { loadOrMakeSecret } from '../config/secrets.js';
import type { Settings } from '../config/settings.js';

/** Secrets of the settings, or ones that are created once and kept in the data folder. */
export async function loadSecrets(settings: Settings) {
  const folder = join(settings.dataDir, 'secrets');
  return {
    apiKey: settings.apiKey ?? (await loadOrMakeSecret(folder, 'api-key')),
    signingSecret: settings.signingSecret ?? (await loadOrMakeSecret(folder, 'signing-secret')),
  };
}
