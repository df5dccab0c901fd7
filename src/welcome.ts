import type { Settings } from './config/settings.js';

export interface WelcomeOptions {
  url: string;
  port: number;
  apiKey: string;
  settings: Settings;
}

/**
 * What a person who just typed `npm start` needs: the address, the key, and one line to paste.
 * A key that came from the environment is known already and is not repeated into logs.
 */
export function welcome({ url, port, apiKey, settings }: WelcomeOptions): string {
  const key = settings.apiKey === undefined ? apiKey : '$API_KEY';
  const body = JSON.stringify({ template: 'article', data: { title: 'Hello from Cardpress' } });
  return [
    '',
    `  Cardpress is ready on ${url}${url.endsWith(`:${port}`) ? '' : ` (port ${port})`}`,
    `  API key  ${key}${settings.apiKey === undefined ? '' : '  (from the environment)'}`,
    `  Docs     ${url}/docs`,
    '',
    '  Press a first picture:',
    '',
    `  curl -s ${url}/v1/images -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}
