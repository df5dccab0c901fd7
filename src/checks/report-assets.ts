/* Style and script of the report's page. Constants, so that the page's policy can name their hashes. */

export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f4; --panel: #ffffff; --ink: #191917; --soft: #63635d; --line: #e2e2dc;
  --fail: #b3261e; --fail-ground: #fdeceb; --warn: #8a5300; --warn-ground: #fdf1dc;
  --pass: #1c6b3c; --pass-ground: #e4f4ea; --stage: #ecece7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131312; --panel: #1d1d1b; --ink: #f1f1ee; --soft: #a3a39b; --line: #31312e;
    --fail: #ff9c94; --fail-ground: #40191a; --warn: #f5c164; --warn-ground: #3a2a0c;
    --pass: #7fd6a0; --pass-ground: #143322; --stage: #282826;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.5 Inter, system-ui, -apple-system, "Segoe UI", sans-serif;
}
header, main { max-width: 1480px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 40px; }
h1 { margin: 0; font-size: 30px; line-height: 1.15; letter-spacing: -0.025em; text-wrap: balance; }
.lead { margin: 6px 0 0; color: var(--soft); max-width: 70ch; }
.overview { width: 100%; margin: 24px 0 0; border-collapse: collapse; }
.overview th, .overview td { padding: 8px 14px 8px 0; border-bottom: 1px solid var(--line); text-align: left; }
.overview th { color: var(--soft); font-weight: 500; font-size: 12px; }
.overview .n { text-align: right; font-variant-numeric: tabular-nums; width: 84px; }
.overview a { color: inherit; font-weight: 600; text-underline-offset: 3px; }
code { font: 12px/1.5 ui-monospace, "JetBrains Mono", Menlo, Consolas, monospace; }
.verdict {
  display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 12px; font-weight: 600;
  white-space: nowrap; background: var(--line); color: var(--soft);
}
.verdict.fail { background: var(--fail-ground); color: var(--fail); }
.verdict.warn { background: var(--warn-ground); color: var(--warn); }
.verdict.pass { background: var(--pass-ground); color: var(--pass); }
.filters {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 6px 22px;
  margin: 22px -28px 0; padding: 12px 28px; background: var(--ground); border-bottom: 1px solid var(--line);
}
.filters div { display: flex; flex-wrap: wrap; gap: 4px; }
.filters button {
  padding: 5px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--panel);
  color: inherit; font: inherit; font-weight: 500; cursor: pointer;
}
.filters button[aria-pressed="true"] { background: var(--ink); border-color: var(--ink); color: var(--ground); }
.filters button:focus-visible, .stage:focus-visible { outline: 2px solid #3b82f6; outline-offset: 2px; }
h2 { margin: 34px 0 0; font-size: 20px; letter-spacing: -0.015em; scroll-margin-top: 70px; }
h2 .verdict { margin-inline-start: 8px; vertical-align: 2px; letter-spacing: 0; }
.about-template { margin: 2px 0 0; color: var(--soft); }
.cases {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 20px;
  margin: 16px 0 40px; padding: 0; list-style: none;
}
.case {
  display: flex; flex-direction: column; overflow: hidden; border: 1px solid var(--line);
  border-radius: 14px; background: var(--panel);
}
.case[hidden] { display: none; }
.case.fail { border-color: var(--fail); }
.stage {
  display: grid; place-items: center; width: 100%; height: 236px; padding: 14px; border: 0;
  border-bottom: 1px solid var(--line); background: var(--stage); color: var(--soft); font: inherit;
}
button.stage { cursor: zoom-in; }
.stage img { display: block; max-width: 100%; max-height: 208px; width: auto; height: auto; box-shadow: 0 1px 12px rgb(0 0 0 / 0.18); }
.words { padding: 13px 16px 15px; min-width: 0; overflow-wrap: anywhere; }
.words h3 { display: flex; align-items: center; gap: 8px; margin: 0; font-size: 14px; line-height: 1.4; }
.words h3 .verdict { margin-inline-start: auto; }
.facts { margin: 0; color: var(--soft); font-size: 13px; }
.problems { display: grid; gap: 9px; margin: 11px 0 0; padding: 0; list-style: none; font-size: 13px; }
.problems li { padding-inline-start: 11px; border-inline-start: 3px solid var(--line); }
.problems .fail { border-color: var(--fail); }
.problems .warn { border-color: var(--warn); }
.problems b { font-weight: 600; }
.expected { margin: 10px 0 0; color: var(--soft); font-size: 12px; }
.nothing { color: var(--soft); }
dialog { max-width: 94vw; max-height: 94vh; padding: 0; border: 0; background: none; }
dialog::backdrop { background: rgb(0 0 0 / 0.72); }
dialog img { display: block; width: min(92vw, 1100px); max-height: 92vh; object-fit: contain; cursor: zoom-out; }
`;

export const REPORT_SCRIPT = `
(() => {
  const chosen = { status: '', size: '' };
  const cases = [...document.querySelectorAll('.case')];
  const apply = () => {
    for (const item of cases) {
      item.hidden =
        (chosen.status !== '' && item.dataset.status !== chosen.status) ||
        (chosen.size !== '' && item.dataset.size !== chosen.size);
    }
    for (const section of document.querySelectorAll('main section')) {
      section.querySelector('.nothing').hidden = [...section.querySelectorAll('.case')].some((c) => !c.hidden);
    }
    for (const button of document.querySelectorAll('.filters button')) {
      button.setAttribute('aria-pressed', String(chosen[button.dataset.by] === button.dataset.value));
    }
  };
  document.querySelector('.filters').hidden = false;
  document.querySelector('.filters').addEventListener('click', ({ target }) => {
    const button = target.closest('button');
    if (!button) return;
    chosen[button.dataset.by] = button.dataset.value;
    apply();
  });
  const dialog = document.querySelector('dialog');
  document.querySelector('main').addEventListener('click', ({ target }) => {
    const image = target.closest('.stage')?.querySelector('img');
    if (!image) return;
    dialog.replaceChildren(image.cloneNode());
    dialog.showModal();
  });
  dialog.addEventListener('click', () => dialog.close());
  apply();
})();
`;
