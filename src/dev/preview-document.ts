/** The page of the live preview; preview-page.ts fills it. */
export function previewDocument(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cardpress live preview</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/preview.css">
</head>
<body>
<nav class="side" aria-label="Templates">
  <p class="mark">Cardpress <span>live preview</span></p>
  <ul id="templates"></ul>
  <ul id="general" class="general"></ul>
  <p id="connection" class="connection" role="status"></p>
</nav>
<main class="work">
  <header class="bar">
    <div class="heading"><h1 id="name"></h1><p id="description"></p></div>
    <div class="controls">
      <div id="sizes" class="choices" role="group" aria-label="Size"></div>
      <div id="themes" class="choices" role="group" aria-label="Theme"></div>
      <div id="scales" class="choices" role="group" aria-label="Scale"></div>
    </div>
  </header>
  <section id="problems" class="problems" role="alert" hidden></section>
  <figure class="stage">
    <button id="zoom" class="zoom" type="button" title="Full size or fitted"><img id="picture" alt="" hidden></button>
    <figcaption id="caption"></figcaption>
  </figure>
</main>
<aside class="panel" aria-label="Verdict and data">
  <section class="verdict"><h2>Verdict</h2><ul id="remarks" aria-live="polite"></ul></section>
  <section class="data">
    <div class="data-head">
      <h2><label for="case">Data</label></h2>
      <select id="case"></select>
      <button id="reset" type="button" hidden>Reset</button>
    </div>
    <textarea id="data" spellcheck="false" autocomplete="off" aria-label="Data as JSON" aria-describedby="data-fault"></textarea>
    <p id="data-fault" class="fault" role="status"></p>
  </section>
</aside>
<noscript>The live preview needs JavaScript.</noscript>
<script src="/preview.js"></script>
</body>
</html>
`;
}

export const previewIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="3" y="7" width="26" height="18" rx="3" fill="#d4532f"/><path d="M8 20h10M8 15h16" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/></svg>`;
