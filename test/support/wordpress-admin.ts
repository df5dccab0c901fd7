/** The names and values of a form's inputs, as a browser would send them back. */
function inputsOf(form: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const read = (name: string) => new RegExp(`\\s${name}=["']([^"']*)["']`).exec(tag)?.[1];
    const name = read('name');
    if (name && read('type') !== 'submit') fields.set(name, read('value') ?? '');
  }
  return fields;
}

/**
 * Someone who is logged in to a WordPress and fills in forms, as in a browser.
 * @param url of the WordPress, without a slash at its end
 * @throws Error where WordPress does not know the name and password
 */
export async function logInToWordpress(url: string, account: { name: string; password: string }) {
  const cookies = new Map<string, string>();

  async function open(path: string, form?: URLSearchParams): Promise<Response> {
    const response = await fetch(new URL(path, `${url}/wp-admin/`), {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return response;
  }

  const page = async (path: string) => (await open(path)).text();

  await page('../wp-login.php');
  const login = await open(
    '../wp-login.php',
    new URLSearchParams({ log: account.name, pwd: account.password, testcookie: '1' }),
  );
  if (login.status !== 302) throw new Error(`WordPress answered the login with ${login.status}`);

  return {
    page,
    /** Changes fields of a page below Settings, and sends the form as its button does. */
    async saveSettings(path: string, changes: Record<string, string>): Promise<void> {
      const html = await page(path);
      const form = /<form[^>]*action="options\.php"[\s\S]*?<\/form>/.exec(html)?.[0];
      if (form === undefined) throw new Error(`${path} has no form:\n${html.slice(0, 500)}`);
      const fields = inputsOf(form);
      for (const [name, value] of Object.entries(changes)) {
        if (!fields.has(name)) throw new Error(`The form of ${path} has no field "${name}"`);
        fields.set(name, value);
      }
      const saved = await open('options.php', fields);
      const target = saved.headers.get('location') ?? '';
      if (!target.includes('settings-updated=true')) {
        throw new Error(`WordPress did not save: ${saved.status} ${target}`);
      }
    },
  };
}
