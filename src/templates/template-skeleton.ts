/*
 * What `cardpress new` writes: a plain card that is complete, to be changed into one's own. A test
 * holds it to the rules of every template, in all of its sizes and with ugly data.
 */

const manifest = (name: string) => ({
  name,
  description: 'A headline beside a picture, with author and date.',
  sizes: { og: [1200, 630], square: [1080, 1080], story: [1080, 1920] },
  default_size: 'og',
  fields: {
    title: {
      type: 'text',
      label: 'Title',
      description: 'Shrinks to fit; best below 70 characters.',
      required: true,
      max_length: 120,
    },
    kicker: { type: 'text', label: 'Kicker', max_length: 40, fallback: '' },
    author: { type: 'text', label: 'Author', max_length: 60, fallback: '' },
    date: { type: 'date', label: 'Date', fallback: '' },
    cover: {
      type: 'image',
      label: 'Picture',
      box: [1080, 960],
      fit: 'cover',
      on_error: 'hide',
    },
    accent: { type: 'color', label: 'Accent colour', default: '#2f6f4f', fallback: '#2f6f4f' },
    theme: {
      type: 'choice',
      label: 'Theme',
      choices: ['light', 'dark'],
      default: 'light',
      fallback: 'light',
    },
    locale: {
      type: 'locale',
      label: 'Language of the date',
      default: 'en-US',
      fallback: 'en-US',
    },
  },
});

const body = (id: string) => `{{!--
  ${id}: what stands inside <body>.

  template.json   the fields that data may hold, and the sizes
  style.css       how it looks, in every size
  sample.json     the data that is shown first; ugly/*.json: data that must look finished, too
  assets/         pictures and fonts, as "assets/…" here and in style.css, "asset:…" in the data

  npm run dev               shows it while you write
  npx cardpress check ${id}   tries it with long words, one letter, emoji, other scripts …

  data-field   which field stands here, so that remarks can name it
  data-fit     shrinks the text into its box; data-max-lines ends it with an ellipsis
  dir="auto"   Arabic and Hebrew run from the right
  All of it: docs/templates.md
--}}
<article class="card theme-{{theme}}" style="--accent: {{accent}}">
  <div class="text">
    {{#if kicker}}<p class="kicker" dir="auto" data-field="kicker" data-max-lines="1">{{kicker}}</p>{{/if}}
    <h1 class="title" dir="auto" data-field="title" data-fit data-fit-min="35%">{{title}}</h1>
    {{#if (or author date)}}
    <footer class="byline">
      {{#if author}}<p class="author" dir="auto" data-field="author" data-max-lines="1">{{author}}</p>{{/if}}
      {{#if date}}<p class="date" dir="auto" data-field="date">{{date date style="long" locale=locale}}</p>{{/if}}
    </footer>
    {{/if}}
  </div>
  <div class="picture">{{#if cover}}<img src="{{cover}}" alt="" data-field="cover">{{/if}}</div>
</article>
`;

const style = `/*
 * Lengths are shares of the card (cqw, cqh, cqmin), so that one rule serves every size. Another
 * arrangement for upright sizes stands at the end. Fonts that are bundled: Inter, Fraunces,
 * Bricolage Grotesque, Instrument Sans, JetBrains Mono.
 */
.card {
  /* Every other script has its Noto font, too: the page names it where a text needs it. */
  --fallbacks: "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans CJK SC", "Noto Color Emoji";
  --pad: 7cqmin;
  --title: 12cqmin;
  --small: 4.2cqmin;

  display: grid;
  grid-template: 100% / minmax(0, 1fr) 40%;
  width: 100cqw;
  height: 100cqh;
  overflow: hidden;
  background: var(--paper);
  color: var(--ink);
  font-family: "Instrument Sans", var(--fallbacks), sans-serif;
  font-size: var(--small);
  line-height: 1.3;
}

/* Tones of the accent, with their lightness bounded: readable whatever colour is given. */
.theme-light {
  --paper: oklch(from var(--accent) 0.98 calc(c * 0.06) h);
  --ink: oklch(from var(--accent) 0.2 calc(c * 0.2) h);
  --muted: oklch(from var(--accent) 0.44 calc(c * 0.2) h);
  --signal: oklch(from var(--accent) min(l, 0.46) c h);
}

.theme-dark {
  --paper: oklch(from var(--accent) 0.18 calc(c * 0.15) h);
  --ink: oklch(from var(--accent) 0.97 calc(c * 0.05) h);
  --muted: oklch(from var(--accent) 0.78 calc(c * 0.2) h);
  --signal: oklch(from var(--accent) max(l, 0.78) min(c, 0.15) h);
}

/* The kicker above, the byline below; the title takes what is left and shrinks into it. */
.text {
  display: grid;
  grid-template-rows: auto minmax(0, 1fr) auto;
  gap: calc(var(--pad) * 0.5);
  min-width: 0;
  padding: var(--pad);
}

p,
h1 {
  margin: 0;
}

.kicker {
  grid-row: 1;
  color: var(--signal);
  font-weight: 600;
}

.title {
  grid-row: 2;
  align-self: end;
  max-height: 100%;
  /* Room for descenders, which would be cut otherwise. */
  padding-bottom: 0.12em;
  overflow: hidden;
  font-family: "Bricolage Grotesque", var(--fallbacks), sans-serif;
  font-size: var(--title);
  font-weight: 700;
  letter-spacing: -0.02em;
  line-height: 1.1;
  text-wrap: balance;
}

.byline {
  grid-row: 3;
}

.author {
  font-weight: 600;
}

.date {
  color: var(--muted);
}

/* Without a picture, rings in the accent colour. */
.picture {
  min-height: 0;
  background:
    repeating-radial-gradient(circle at 100% 100%, rgb(255 255 255 / 0.16) 0 4cqmin, transparent 4cqmin 8cqmin),
    var(--accent);
}

.picture img {
  width: 100%;
  height: 100%;
  object-fit: cover;
}

/* Square: the picture above the text. */
@container card (aspect-ratio < 1.3) {
  .card {
    --title: 9.5cqmin;
    --small: 3.2cqmin;
    grid-template: 44% minmax(0, 1fr) / 100%;
  }

  .picture {
    order: -1;
  }
}

/* Story: the same, with larger type. */
@container card (aspect-ratio < 0.7) {
  .card {
    --title: 12cqmin;
    --small: 4.2cqmin;
    grid-template-rows: 50% minmax(0, 1fr);
  }
}
`;

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1080 960">
  <rect width="1080" height="960" fill="#f4d9b0"/>
  <circle cx="740" cy="400" r="120" fill="#e8734a"/>
  <path d="M0 640 300 420 560 620 760 500 1080 700V960H0Z" fill="#4f8a6b"/>
  <path d="M0 760 260 640 620 800 860 700 1080 800V960H0Z" fill="#2f6f4f"/>
</svg>
`;

const sample = {
  title: 'A headline that says what it is about',
  kicker: 'First template',
  author: 'Ada Byron',
  date: '2026-11-21',
  cover: 'asset:cover.svg',
  accent: '#2f6f4f',
};

const ugly = {
  'long-word': {
    title:
      'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz und was davon übrig geblieben ist',
    kicker: 'Donaudampfschifffahrtsgesellschaft',
    author: 'Maximiliane-Theodora von und zu Hohenlohe-Waldenburg-Schill',
    date: '2026-12-31',
    locale: 'de',
    accent: '#ffe14d',
  },
  'one-letter': { title: 'A', kicker: 'B', author: 'C', theme: 'dark' },
  'only-title': { title: 'Only what is required' },
  arabic: {
    title: 'العناوين الطويلة تحتاج إلى مساحة أكبر مما نظن',
    kicker: 'مقال',
    author: 'ليلى حداد',
    date: '2026-11-21',
    locale: 'ar',
    theme: 'dark',
    accent: '#c2410c',
  },
};

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The files of a new template, by their paths below its folder. */
export function templateSkeleton(id: string): ReadonlyMap<string, string> {
  const words = id.replaceAll('-', ' ').trim();
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  return new Map([
    ['template.json', json(manifest(name))],
    ['template.hbs', body(id)],
    ['style.css', style],
    ['sample.json', json(sample)],
    ...Object.entries(ugly).map(([key, data]): [string, string] => [
      `ugly/${key}.json`,
      json(data),
    ]),
    ['assets/cover.svg', picture],
  ]);
}
