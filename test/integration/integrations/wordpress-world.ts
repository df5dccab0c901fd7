import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ogs from 'open-graph-scraper';
import { startService } from '../../support/service.js';
import { until } from '../../support/until.js';
import { logInToWordpress } from '../../support/wordpress-admin.js';
import { startWordpress } from '../../support/wordpress-server.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const PLUGIN = `${ROOT}integrations/wordpress/cardpress`;
const SETTINGS_PAGE = 'options-general.php?page=cardpress';
const DRAWN_WITHIN_MS = 60_000;

/** The source that the documentation shows. */
async function documentedSource(): Promise<Record<string, unknown> & { secret: string }> {
  const page = await readFile(`${ROOT}docs/publishing/wordpress.md`, 'utf8');
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  return JSON.parse(json);
}

interface Post {
  id: number;
  /** Where readers open it. */
  link: string;
  /** WordPress's, or `gone`. */
  status: string;
}

const POST = `
$post = get_post($id);
return array(
  'id' => $id,
  'link' => get_permalink($id),
  'status' => $post->post_status ?? 'gone',
);`;

/**
 * A WordPress with the plugin beside a Cardpress with its own templates, told of each other as the
 * documentation says: the source over the API, the plugin through its settings page.
 */
export async function startWordpressWorld() {
  const wordpress = await startWordpress(PLUGIN);
  const service = await startService({
    // The posts' own pictures stand on this machine.
    env: { TEMPLATES_DIR: `${ROOT}templates`, EGRESS_ALLOW: new URL(wordpress.url).host },
  }).catch(async (error: unknown) => {
    await wordpress.stop();
    throw error;
  });
  const admin = await logInToWordpress(wordpress.url, wordpress.admin);
  const source = await documentedSource();
  const logs: string[] = [];

  async function edit(change: string, input: unknown): Promise<Post & { log: string }> {
    // As who may write whatever HTML: for others, WordPress changes what they write.
    const code = `wp_set_current_user(1);\n${change}\n${POST}`;
    const { value, log } = await wordpress.run<Post>(code, input);
    logs.push(log);
    return { ...value, log };
  }

  const page = (id: number) => service.api(`/v1/pages/wordpress/${id}`);
  const open = (url: string) => service.api(url, { key: null });

  return {
    service,
    wordpress,
    admin,
    source,
    putSource: () => service.api('/v1/sources/wordpress', { method: 'PUT', body: source }),
    /** Through the form of the plugin's settings page. */
    saveSettings: (given: { url?: string; source?: string; secret?: string }) =>
      admin.saveSettings(
        SETTINGS_PAGE,
        Object.fromEntries(Object.entries(given).map(([name, v]) => [`cardpress_${name}`, v])),
      ),
    settingsPage: () => admin.page(SETTINGS_PAGE),
    /** A new post, published unless `fields` says otherwise. */
    insert: (fields: Record<string, unknown>) =>
      edit(
        `$id = wp_insert_post(wp_slash($input + array('post_status' => 'publish')), true);
         if (is_wp_error($id)) throw new Exception($id->get_error_message());`,
        fields,
      ),
    /** A picture in the media library; its id. */
    async upload(name: string, bytes: Buffer): Promise<number> {
      const { value } = await wordpress.run<number>(
        `$file = wp_upload_bits($input['name'], null, base64_decode($input['bytes']));
         if ($file['error']) throw new Exception($file['error']);
         return wp_insert_attachment(array('post_mime_type' => $file['type']), $file['file'], 0, true);`,
        { name, bytes: bytes.toString('base64') },
      );
      return value;
    },
    update: (id: number, fields: Record<string, unknown>) =>
      edit(`$id = wp_update_post(wp_slash($input));`, { ID: id, ...fields }),
    /** How often WP-Cron is to tell Cardpress of the post again. */
    async retriesPlanned(id: number): Promise<number> {
      const { value } = await wordpress.run<number>(
        `return count(array_filter(_get_cron_array(), static fn ($hooks) => array_filter(
           $hooks['cardpress_retry'] ?? array(), static fn ($event) => $input === $event['args'][0])));`,
        id,
      );
      return value;
    },
    /** As if the time of everything that WP-Cron is to tell Cardpress had come. */
    async retryNow(): Promise<void> {
      await wordpress.run(
        `foreach (_get_cron_array() as $time => $hooks) {
           foreach ($hooks['cardpress_retry'] ?? array() as $event) {
             wp_unschedule_event($time, 'cardpress_retry', $event['args']);
             wp_schedule_single_event(time() - 1, 'cardpress_retry', $event['args']);
           }
         }`,
      );
      const { status } = await fetch(`${wordpress.url}/wp-cron.php`);
      if (status !== 200) throw new Error(`wp-cron.php answered ${status}`);
    },
    /** Code that does something to the post `$id`. */
    act: (id: number, code: string) => edit(`$id = $input; ${code}`, id),
    /** The page at Cardpress, whatever its state; its status is 404 where there is none. */
    page,
    open,
    /** The page at Cardpress once its picture is drawn. */
    card: (id: number) =>
      until(async () => {
        const { status, json } = await page(id);
        return status === 200 && json.status === 'ready' && json;
      }, DRAWN_WITHIN_MS),
    /** What a crawler finds in the head of the post's page. */
    async tags(link: string) {
      const response = await fetch(link);
      const { result } = await ogs({ html: await response.text() });
      return { status: response.status, ...result };
    },
    /** Notices and errors of PHP that name a file of the plugin. */
    complaints: () =>
      [...logs, wordpress.webLog()]
        .join('\n')
        .split('\n')
        .filter((line) => /\bPHP |(Notice|Warning|Deprecated|Error): /i.test(line))
        .filter((line) => line.includes('/wordpress/cardpress/')),
    async stop() {
      await wordpress.stop();
      await service.stop();
    },
  };
}

export type WordpressWorld = Awaited<ReturnType<typeof startWordpressWorld>>;
