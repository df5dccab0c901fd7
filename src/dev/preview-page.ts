/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { DrawAnswer, Remark, TemplateDetails, TemplateListing } from './preview-service.js';

/**
 * The script of the live preview's page. It is sent as text: it may use nothing from outside
 * itself. What a template says goes into the page as text only, never as markup.
 */
export function runPreviewPage(): void {
  const TYPING_PAUSE_MS = 250;

  const view = {
    template: '',
    size: '',
    scale: 1,
    case: 'sample',
    details: undefined as TemplateDetails | undefined,
    /** The data that was changed in the box, by template and case. */
    edits: new Map<string, string>(),
  };
  let listing: TemplateListing = { templates: [], general: [] };

  function part<T extends HTMLElement>(id: string): T {
    return document.getElementById(id) as T;
  }

  function make(name: string, attributes: Record<string, string>, ...content: (string | Node)[]) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...content);
    return element;
  }

  async function ask<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(
      path,
      body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          },
    );
    const answer = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new Error(answer.message ?? `The preview answered ${response.status}.`);
    return answer;
  }

  /* ---------- the address keeps the view ---------- */

  function readAddress(hash: string): void {
    const [template = '', size = '', name = '', scale = ''] = hash
      .slice(1)
      .split(';')
      .map(decodeURIComponent);
    view.template = template;
    // An address of a template alone (from the list) leaves the rest as it was.
    view.size = size || view.size;
    view.case = name || view.case;
    view.scale = [1, 2, 3].includes(Number(scale)) ? Number(scale) : view.scale;
  }

  function writeAddress(): void {
    const { template, size, case: name, scale } = view;
    const parts = [template, size, name, String(scale)].map(encodeURIComponent);
    history.replaceState(null, '', `#${parts.join(';')}`);
  }

  /* ---------- what is shown ---------- */

  function showListing(): void {
    const rows = listing.templates.map(({ id, name, problems }) => {
      const link = make('a', { href: `#${id}`, title: id }, name);
      if (id === view.template) link.setAttribute('aria-current', 'page');
      if (problems > 0) link.append(make('span', { class: 'count' }, String(problems)));
      return make('li', {}, link);
    });
    part('templates').replaceChildren(...rows);
    part('general').replaceChildren(...listing.general.map((text) => make('li', {}, text)));
  }

  function choices(
    id: string,
    items: [value: string, label: string][],
    current: string,
    choose: (value: string) => void,
  ) {
    const buttons = items.map(([value, label]) => {
      const pressed = String(value === current);
      const button = make('button', { type: 'button', 'aria-pressed': pressed }, label);
      button.addEventListener('click', () => choose(value));
      return button;
    });
    part(id).replaceChildren(...buttons);
  }

  function showControls(): void {
    const { details } = view;
    if (!details) return;
    const sizes = details.sizes.map(({ name, widthPx, heightPx }): [string, string] => {
      return [name, `${name} ${widthPx}×${heightPx}`];
    });
    choices('sizes', sizes, view.size, (size) => change({ size }));
    const scales = ['1', '2', '3'].map((n): [string, string] => [n, `${n}×`]);
    choices('scales', details.ready ? scales : [], String(view.scale), (n) =>
      change({ scale: Number(n) }),
    );
    const themes = details.themes.map((theme): [string, string] => [theme, theme]);
    choices('themes', themes, String(parsedData()?.theme ?? details.themes[0] ?? ''), setTheme);
    part('case').replaceChildren(
      ...details.cases.map(({ name }) => make('option', { value: name }, name)),
    );
    part<HTMLSelectElement>('case').value = view.case;
  }

  function showProblems(): void {
    const { details } = view;
    const { problems = [], warnings = [] } = details ?? {};
    const box = part('problems');
    box.hidden = problems.length + warnings.length === 0;
    const kept = details?.ready ? ' The last version that was valid is shown.' : '';
    const list = (head: string, found: typeof problems) => {
      const rows = found.map(({ place, message, source }) => {
        const row = make('li', {}, make('code', { class: 'place' }, place), ` ${message}`);
        if (source !== '') row.append(make('pre', {}, source));
        return row;
      });
      return found.length > 0 ? [make('p', {}, head), make('ul', {}, ...rows)] : [];
    };
    box.replaceChildren(
      ...list(`This template cannot be used as it is.${kept}`, problems),
      ...list('A browser passes over these, so the picture is not what was meant.', warnings),
    );
  }

  function remarkRow(remark: Remark): HTMLElement {
    const { severity, code, field, message } = remark;
    const head = make('div', {}, make('span', { class: 'tag' }, severity), ' ');
    if (field !== '') head.append(make('b', {}, field));
    return make('li', { class: `remark ${severity}`, title: code }, head, make('p', {}, message));
  }

  function showRemarks(remarks: Remark[]): void {
    const fine = make('li', { class: 'remark fine' }, make('div', {}, 'Nothing to remark.'));
    part('remarks').replaceChildren(...(remarks.length > 0 ? remarks.map(remarkRow) : [fine]));
  }

  async function showImage(answer: DrawAnswer): Promise<void> {
    const { address, widthPx, heightPx, bytes } = answer.picture;
    const shown = part<HTMLImageElement>('picture');
    const next = new Image();
    next.src = address;
    // Swapped when it is ready, so that nothing flickers.
    await next.decode().catch(() => undefined);
    next.id = shown.id;
    next.alt = `${view.template}, ${view.size}`;
    next.style.setProperty('--width', `${widthPx / view.scale}px`);
    next.style.setProperty('--height', `${heightPx / view.scale}px`);
    shown.replaceWith(next);
    const size = `${widthPx} × ${heightPx} px`;
    const weight = `PNG ${Math.max(1, Math.round(bytes / 1024)).toLocaleString('en')} KB`;
    const refused = answer.refused ? ' · the service would refuse this data' : '';
    part('caption').textContent =
      `${size} · ${weight} · ${answer.tookMs} ms · version ${answer.version}${refused}`;
  }

  function showNothing(text: string): void {
    part('picture').hidden = true;
    part('caption').textContent = text;
    part('remarks').replaceChildren();
  }

  /* ---------- the data ---------- */

  function editKey(): string {
    return `${view.template} ${view.case}`;
  }

  function fileText(): string {
    const found = view.details?.cases.find(({ name }) => name === view.case);
    return JSON.stringify(found?.data ?? {}, null, 2);
  }

  function dataText(): string {
    return view.edits.get(editKey()) ?? fileText();
  }

  function parsedData(): Record<string, unknown> | undefined {
    const fault = part('data-fault');
    const box = part('data');
    try {
      const data = JSON.parse(dataText()) as Record<string, unknown>;
      fault.textContent = '';
      box.removeAttribute('aria-invalid');
      return data;
    } catch (error) {
      fault.textContent = `Not valid JSON: ${(error as Error).message}`;
      box.setAttribute('aria-invalid', 'true');
      return undefined;
    }
  }

  function showData(): void {
    const box = part<HTMLTextAreaElement>('data');
    if (box.value !== dataText()) box.value = dataText();
    part('reset').hidden = !view.edits.has(editKey());
  }

  function edit(text: string): void {
    if (text === fileText()) view.edits.delete(editKey());
    else view.edits.set(editKey(), text);
    part('reset').hidden = !view.edits.has(editKey());
  }

  function setTheme(theme: string): void {
    const data = parsedData();
    if (!data) return;
    edit(JSON.stringify({ ...data, theme }, null, 2));
    change({});
  }

  /* ---------- drawing: one at a time, and the latest request always gets its turn ---------- */

  let drawing = false;
  let wanted = false;

  async function draw(): Promise<void> {
    wanted = true;
    if (drawing) return;
    drawing = true;
    try {
      while (wanted) {
        wanted = false;
        await drawOnce();
      }
    } finally {
      drawing = false;
    }
  }

  async function drawOnce(): Promise<void> {
    const { template, size, scale, details } = view;
    // Between two templates the details are still those of the first.
    if (!details?.ready || details.id !== template) return;
    const data = parsedData();
    if (data === undefined) return;
    const stage = document.querySelector('.stage');
    try {
      const answer = await ask<DrawAnswer>('/api/draw', { template, size, scale, data });
      if (wanted || template !== view.template) return;
      stage?.classList.remove('stale');
      await showImage(answer);
      showRemarks(answer.remarks);
    } catch (error) {
      if (wanted || template !== view.template) return;
      stage?.classList.add('stale');
      showRemarks([
        { severity: 'error', code: 'failed', field: '', message: (error as Error).message },
      ]);
    }
  }

  /* ---------- what happens ---------- */

  function change(to: Partial<Pick<typeof view, 'size' | 'scale' | 'case'>>): void {
    Object.assign(view, to);
    writeAddress();
    showData();
    showControls();
    void draw();
  }

  async function loadListing(): Promise<void> {
    listing = await ask<TemplateListing>('/api/templates');
    const ids = listing.templates.map(({ id }) => id);
    if (view.template === '') view.template = ids[0] ?? '';
    showListing();
  }

  async function loadDetails(): Promise<void> {
    const { template } = view;
    if (template === '') {
      showNothing('No templates yet. Make one: npx cardpress new my-card');
      return;
    }
    const details = await ask<TemplateDetails>(
      `/api/templates/${encodeURIComponent(template)}`,
    ).catch(() => undefined);
    if (template !== view.template) return;
    view.details = details;
    part('name').textContent = details?.name ?? template;
    part('description').textContent = details?.description ?? '';
    part('description').title = details?.description ?? '';
    document.title = `${details?.name ?? template} · Cardpress live preview`;
    showProblems();
    if (!details?.ready) {
      for (const id of ['sizes', 'scales', 'themes']) part(id).replaceChildren();
      const text = details ? 'It shows here as soon as it is valid.' : 'This template is gone.';
      showNothing(text);
      return;
    }
    if (!details.sizes.some(({ name }) => name === view.size)) view.size = details.defaultSize;
    if (!details.cases.some(({ name }) => name === view.case)) view.case = 'sample';
    change({});
  }

  async function open(hash: string): Promise<void> {
    const before = view.template;
    readAddress(hash);
    if (view.template === '') view.template = before;
    showListing();
    await loadDetails();
  }

  let typing: ReturnType<typeof setTimeout> | undefined;
  part('data').addEventListener('input', () => {
    edit(part<HTMLTextAreaElement>('data').value);
    clearTimeout(typing);
    typing = setTimeout(() => {
      showControls();
      void draw();
    }, TYPING_PAUSE_MS);
  });
  part('reset').addEventListener('click', () => {
    view.edits.delete(editKey());
    change({});
  });
  part('case').addEventListener('change', () => {
    change({ case: part<HTMLSelectElement>('case').value });
  });
  part('zoom').addEventListener('click', () => document.body.classList.toggle('full'));
  // The event's own address: ours may have been written since, with the template before.
  addEventListener('hashchange', ({ newURL }) => void open(new URL(newURL).hash));

  readAddress(location.hash);
  const events = new EventSource('/api/events');
  events.addEventListener('hello', () => {
    part('connection').textContent = '';
    void loadListing().then(loadDetails);
  });
  events.addEventListener('change', (event) => {
    const { templates } = JSON.parse(event.data) as { templates: string[] };
    const isShown = templates.includes(view.template) || view.template === '';
    void loadListing().then(() => (isShown ? loadDetails() : undefined));
  });
  events.addEventListener('error', () => {
    part('connection').textContent = 'The preview has stopped. Waiting for it …';
  });
}
