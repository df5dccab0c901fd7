/** The style of the live preview: quiet, so that the picture is what one sees. */
export const previewStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #17181a);
  --desk: light-dark(#f3f3f1, #0f1011);
  --ink: light-dark(#1a1b1e, #ececea);
  --muted: light-dark(#63666d, #9a9da4);
  --line: light-dark(#e2e2de, #2b2d31);
  --hover: light-dark(#f0f0ed, #222427);
  --accent: light-dark(#b8401f, #ff8a66);
  --error: light-dark(#b3261e, #ff8f86);
  --warning: light-dark(#8a5a00, #f2bd5b);
  --info: light-dark(#3c5a8c, #8fb4ee);
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
*, *::before, *::after { box-sizing: border-box }
html, body { height: 100% }
body {
  display: grid;
  grid-template-columns: 220px minmax(0, 1fr) 360px;
  margin: 0;
  background: var(--desk);
  color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif;
}
h1, h2, p, ul, figure { margin: 0; padding: 0 }
ul { list-style: none }
button, select, textarea { font: inherit; color: inherit }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
[hidden] { display: none !important }

.side { display: flex; flex-direction: column; min-height: 0; overflow: auto; padding: 18px 10px; background: var(--paper); border-right: 1px solid var(--line) }
.mark { padding: 0 10px 16px; font-weight: 650; letter-spacing: -0.01em }
.mark span { color: var(--muted); font-weight: 400; white-space: nowrap }
.side a { display: flex; gap: 8px; align-items: center; padding: 6px 10px; border-radius: 6px; color: inherit; text-decoration: none; overflow-wrap: anywhere }
.side a:hover { background: var(--hover) }
.side a[aria-current] { background: var(--hover); font-weight: 600 }
.count { margin-left: auto; padding: 0 7px; border-radius: 9px; background: var(--error); color: var(--paper); font-size: 12px; font-weight: 600 }
.general { padding: 10px; color: var(--error); font-size: 13px }
.connection { margin-top: auto; padding: 12px 10px 0; color: var(--muted); font-size: 13px }

.work { display: flex; flex-direction: column; min-width: 0; min-height: 0 }
.bar { display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: center; padding: 14px 20px; background: var(--paper); border-bottom: 1px solid var(--line) }
.heading { flex: 1 1 200px; min-width: 0 }
h1 { font-size: 16px; line-height: 1.3 }
h2 { font-size: 13px; font-weight: 600 }
.heading p { overflow: hidden; color: var(--muted); font-size: 13px; text-overflow: ellipsis; white-space: nowrap }
.controls { display: flex; flex-wrap: wrap; gap: 8px 12px }
.choices { display: flex; padding: 2px; border: 1px solid var(--line); border-radius: 8px }
.choices:empty { display: none }
.choices button { padding: 3px 10px; border: 0; border-radius: 6px; background: none; cursor: pointer }
.choices button:hover { background: var(--hover) }
.choices button[aria-pressed="true"] { background: var(--ink); color: var(--paper) }

.problems { max-height: 40%; overflow: auto; padding: 12px 20px; background: var(--paper); border-bottom: 1px solid var(--line); border-left: 4px solid var(--error) }
.problems p { font-weight: 600 }
.problems li { margin-top: 8px }
.problems code { font: 13px/1.5 var(--mono) }
.problems .place { color: var(--error); font-weight: 600 }
.problems pre { overflow: auto; margin: 4px 0 0; padding: 6px 10px; border-radius: 6px; background: var(--desk); font: 13px/1.5 var(--mono) }

.stage { display: flex; flex: 1; flex-direction: column; gap: 14px; min-height: 0; overflow: auto; padding: 24px 24px 14px }
.zoom { display: grid; flex: 1; min-height: 0; padding: 0; border: 0; background: none; container-type: size; place-items: center; cursor: zoom-in }
.zoom img {
  max-width: min(100cqw, var(--width)); max-height: min(100cqh, var(--height));
  background: repeating-conic-gradient(light-dark(#e4e4e0, #2a2c30) 0 25%, light-dark(#fafaf8, #1d1f22) 0 50%) 0 0 / 20px 20px;
  box-shadow: 0 0 0 1px rgb(128 128 128 / 0.18), 0 8px 28px rgb(0 0 0 / 0.12);
}
.full .zoom { flex: none; min-width: min-content; container-type: normal; cursor: zoom-out }
.full .zoom img { max-width: none; max-height: none; width: var(--width) }
.stage.stale img { opacity: 0.45 }
figcaption { flex: none; text-align: center; color: var(--muted); font-size: 13px; font-variant-numeric: tabular-nums }

.panel { display: grid; grid-template-rows: minmax(120px, auto) minmax(200px, 1fr); min-height: 0; background: var(--paper); border-left: 1px solid var(--line) }
.panel section { display: flex; flex-direction: column; gap: 10px; min-height: 0; padding: 16px }
.verdict { max-height: 50vh; border-bottom: 1px solid var(--line) }
.verdict ul { overflow: auto }
.remark { display: grid; grid-template-columns: 10px 1fr; gap: 0 10px; padding: 7px 0 }
.remark + .remark { border-top: 1px solid var(--line) }
.remark::before { width: 8px; height: 8px; margin-top: 6px; border-radius: 50%; background: var(--tone); content: "" }
.remark.error { --tone: var(--error) }
.remark.warning { --tone: var(--warning) }
.remark.info { --tone: var(--info) }
.remark.fine { --tone: light-dark(#2d7d46, #6fcf8a) }
.remark b { font: 600 13px/1.5 var(--mono) }
.remark .tag { color: var(--tone); font-size: 12px; font-weight: 600 }
.remark p { grid-column: 2; overflow-wrap: anywhere }
.data-head { display: flex; gap: 8px; align-items: center }
.data-head select { flex: 1; min-width: 0; padding: 4px 6px; border: 1px solid var(--line); border-radius: 6px; background: var(--paper) }
.data-head button { padding: 4px 10px; border: 1px solid var(--line); border-radius: 6px; background: none; cursor: pointer }
textarea { flex: 1; min-height: 0; resize: none; padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--desk); font: 13px/1.55 var(--mono); tab-size: 2 }
textarea[aria-invalid="true"] { border-color: var(--error) }
.fault { min-height: 1.45em; color: var(--error); font-size: 13px }
noscript { position: fixed; inset: 0; display: grid; place-items: center; background: var(--paper) }

@media (max-width: 1000px) {
  body { grid-template: minmax(0, 1fr) 320px / 180px minmax(0, 1fr) }
  .side { grid-row: 1 / 3 }
  .panel { grid-template: minmax(0, 1fr) / 1fr 1fr; border-top: 1px solid var(--line); border-left: 0 }
  .verdict { max-height: none; border-right: 1px solid var(--line); border-bottom: 0 }
}
`;
