import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentSchema, loadSettings, SettingsError } from './settings.js';

type SettingSource = 'environment' | 'default' | 'file' | 'found' | 'unset';

export interface SettingInForce {
  name: string;
  /** Safe to show: secrets, and passwords in addresses, are masked. Empty where nothing is set. */
  value: string;
  source: SettingSource;
}

type Environment = Record<string, string | undefined>;

const SECRET = /(_KEY|_SECRET)$/;
/** Secrets that are made once and kept, by the name of their file below DATA_DIR/secrets. */
const secretFile = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** `redis://user:secret@host` → `redis://user:•••@host`; what is no address stays as it is. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/]*@/i, '$1:•••@');
}

function shown(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return String(value);
}

/**
 * Every setting as it is in force and where it comes from, wrong ones as they were written.
 * `found` names those that were found by set-up and not set by anyone.
 */
export function describeSettings(env: Environment, found: string[] = []): SettingInForce[] {
  const dataDir = resolve(env.DATA_DIR || 'data');
  return Object.entries(environmentSchema.shape).map(([name, schema]): SettingInForce => {
    const given = env[name];
    if (given !== undefined && given !== '') {
      const value = SECRET.test(name) ? '•••' : withoutPassword(given);
      return { name, value, source: found.includes(name) ? 'found' : 'environment' };
    }
    if (name === 'URL_SIGNING_KEY') {
      return { name, value: 'follows from SIGNING_SECRET', source: 'default' };
    }
    if (SECRET.test(name)) {
      const path = join(dataDir, 'secrets', secretFile(name));
      if (existsSync(path)) return { name, value: `••• (${path})`, source: 'file' };
      return { name, value: 'made at the first start', source: 'unset' };
    }
    if (name === 'PUBLIC_URL') {
      return { name, value: `http://localhost:${env.PORT || 3000}`, source: 'default' };
    }
    const parsed = schema.safeParse(undefined);
    const value = parsed.success ? shown(parsed.data) : '';
    return { name, value, source: value === '' ? 'unset' : 'default' };
  });
}

/** Everything that is wrong with the settings, as `NAME: what was expected`. */
export function settingProblems(env: Environment): string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
