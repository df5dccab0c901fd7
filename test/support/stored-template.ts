import type { ApiAnswer, ApiCall } from './api-client.js';
import type { Files } from './templates/template-files.js';
import { manifestJson } from './templates/template-files.js';

/** A card of one colour with a title: its pictures tell which version drew them. */
export function cardFiles(colour: string, overrides: Files = {}): Files {
  return {
    'template.json': JSON.stringify(
      manifestJson({
        name: 'Card',
        sizes: { og: [400, 200] },
        fields: { title: { type: 'text', label: 'Title', required: true, max_length: 60 } },
      }),
    ),
    'template.hbs':
      '<h1 dir="auto" data-field="title" data-fit data-fit-min="20%" data-max-lines="3">{{title}}</h1>\n',
    'style.css': `body { background: ${colour}; color: #fff; }\nh1 { position: absolute; left: 20px; top: 40px; width: 360px; height: 120px; margin: 0; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }\n`,
    'sample.json': '{ "title": "Hello" }\n',
    ...overrides,
  };
}

const textsOf = (files: Files): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, body]) => [path, String(body)]));

type Ask = (path: string, call?: ApiCall) => Promise<ApiAnswer>;

const change = (api: Ask, id: string, files: Files, match: string) =>
  api(`/v1/templates/${id}/draft`, {
    method: 'PUT',
    headers: { 'if-match': match },
    body: { files: textsOf(files) },
  });

/** Makes a stored template of these files, and publishes it, whatever its check says. */
export async function publishFiles(api: Ask, id: string, files: Files): Promise<string> {
  await api('/v1/templates', { body: { id } });
  const saved = await change(api, id, files, '*');
  if (saved.status !== 200) throw new Error(JSON.stringify(saved.json));
  const published = await api(`/v1/templates/${id}/publish`, { body: { force: true } });
  if (published.status !== 201) throw new Error(JSON.stringify(published.json));
  return published.json.version as string;
}
