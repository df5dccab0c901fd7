import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/*
 * The shape of the program, as CONTRIBUTING.md and docs/architecture.md tell it: who may know whom.
 * A rule is broken by a line that this test names.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_LINES = 350;
/** Lists that are read from top to bottom, and would only be harder to follow in pieces. */
const LISTS: Record<string, number> = {
  'src/templates/helpers.ts': 420, // one entry a helper, from which its documentation is made
};

/** Each speaks with one thing outside; none knows another. */
const ADAPTERS = ['assets', 'browser', 'encode', 'queue', 'records', 'storage'];
/** One folder each, with its use cases. */
const CAPABILITIES = [
  'batches',
  'checks',
  'keys',
  'library',
  'links',
  'publishing',
  'sessions',
  'webhooks',
];
/** Where a process begins: these start what `compose/` builds. */
const ENTRIES = ['cli', 'dev', 'workers', 'main.ts', 'run-process.ts', 'welcome.ts'];

/** Neutral code, and the table of image formats: every part may use them. */
const FOR_ALL = ['formats', 'lib'];

/** Where values may come from; a part may always use itself. */
const MAY_USE: Record<string, string[]> = {
  formats: [],
  lib: [],
  errors: [],
  config: ['errors'],
  templates: ['errors'],
  tables: ['errors'],
  images: ['errors', 'templates'],
  observability: ['errors'],
  ...Object.fromEntries(ADAPTERS.map((part) => [part, ['config', 'errors', 'templates']])),
  ...Object.fromEntries(CAPABILITIES.map((part) => [part, ['errors', 'images', 'templates']])),
  http: ['config', 'errors', 'images', 'tables', 'templates', ...CAPABILITIES],
};

/** Where types may come from besides. */
const MAY_KNOW: Record<string, string[]> = {
  ...Object.fromEntries(ADAPTERS.map((part) => [part, ['images', ...CAPABILITIES]])),
  ...Object.fromEntries(CAPABILITIES.map((part) => [part, ['observability', ...CAPABILITIES]])),
  http: ['observability'],
};

/** Packages that only one part may import, not even for types. */
const OWNERS: [RegExp, string[]][] = [
  [/^playwright/, ['browser']],
  [/^generic-pool$/, ['browser']],
  [/^(sharp|sax)$/, ['encode']],
  // Of pictures, and of templates' own styles.
  [/^@csstools\/css-tokenizer$/, ['encode', 'templates']],
  [/^(bullmq|@bull-board\/.*)$/, ['queue']],
  [/^@aws-sdk\//, ['storage']],
  [/^(undici|request-filtering-agent|proxy-chain)$/, ['assets']],
  [/^ipaddr\.js$/, ['assets', 'lib']],
  [/^jsonc-parser$/, ['templates']],
  [/^known-css-properties$/, ['templates']],
  [/^handlebars$/, ['templates', 'publishing']],
  [/^(pino|prom-client)$/, ['observability']],
  [/^(@asteasolutions\/zod-to-openapi|swagger-ui-dist|helmet)$/, ['http']],
  [/^(csv-parse|iconv-lite)/, ['tables']],
  [/^yazl$/, ['library', 'tables']],
  [/^yauzl$/, ['library']],
  [/^entities(\/|$)/, ['templates']],
  [/^(qr|jsbarcode)$/, ['templates']],
  [/^(@fastify\/busboy|cookie)$/, ['http']],
  [/^standardwebhooks$/, ['webhooks']],
];

interface Import {
  from: string;
  /** The part, package or `node:` module that is imported. */
  what: string;
  /** For our own: the path below the root, as `.ts`. */
  file: string | undefined;
  isType: boolean;
  names: string[];
}

interface Source {
  path: string;
  part: string;
  text: string;
  imports: Import[];
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** `src/browser/renderer.ts` is of the part `browser`, `src/main.ts` is its own, workers are `workers`. */
function partOf(path: string): string {
  const [top, second = ''] = path.split('/');
  return top === 'src' ? second : String(top);
}

function importsOf(path: string, text: string): Import[] {
  const pattern =
    /^(?:import|export)\s+(type\s)?([^;]*?)\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map(([, type, clause = '', named, bare, dynamic]) => {
    const target = named ?? bare ?? dynamic ?? '';
    const names = clause
      .replace(/[{}]/g, '')
      .split(',')
      .map((name) => name.trim());
    const isType = type !== undefined || names.every((name) => name === '' || /^type\s/.test(name));
    const file = target.startsWith('.')
      ? relative(ROOT, join(ROOT, dirname(path), target)).replace(/\.js$/, '.ts')
      : undefined;
    return {
      from: path,
      what: file ? partOf(file) : target,
      file,
      isType: clause !== '' && isType,
      names,
    };
  });
}

const sources: Source[] = ['src', 'workers'].flatMap(filesBelow).map((path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, part: partOf(path), text, imports: importsOf(path, text) };
});
const all = sources.flatMap((source) =>
  source.imports.map((one) => ({ ...one, part: source.part })),
);
const isEntry = (part: string) => ENTRIES.includes(part) || part === 'compose';
const shown = ({ from, what, file }: Import) => `${from} imports ${file ?? what}`;

describe('who knows whom', () => {
  it('is told of every part', () => {
    const parts = new Set(sources.map(({ part }) => part));
    const known = [...Object.keys(MAY_USE), ...ENTRIES, 'compose'];
    expect([...parts].filter((part) => !known.includes(part))).toEqual([]);
    // The control: the reading of imports finds what is there.
    expect(all.some((one) => one.part === 'browser' && one.what === 'playwright')).toBe(true);
    expect(all.filter((one) => one.file !== undefined).length).toBeGreaterThan(200);
  });

  it('goes from the outside in: adapters never import each other, the domain knows no adapter', () => {
    const broken = all.filter(({ part, what, file, isType }) => {
      if (file === undefined || what === part || isEntry(part)) return false;
      const allowed = [
        ...FOR_ALL,
        ...(MAY_USE[part] ?? []),
        ...(isType ? (MAY_KNOW[part] ?? []) : []),
      ];
      return !allowed.includes(what);
    });
    expect(broken.map(shown)).toEqual([]);
  });

  it('lets only compose/ build across parts', () => {
    const broken = sources.filter(({ path, imports }) => {
      const used = imports.filter((one) => !one.isType && ADAPTERS.includes(one.what));
      return (
        partOf(path) !== 'compose' &&
        new Set([partOf(path), ...used.map((u) => u.what)].filter((p) => ADAPTERS.includes(p)))
          .size > 1
      );
    });
    expect(broken.map(({ path }) => path)).toEqual([]);
    const compose = all.filter((one) => one.what === 'compose' && one.part !== 'compose');
    expect(compose.filter(({ part }) => !isEntry(part)).map(shown)).toEqual([]);
  });

  it('keeps each package in the part that owns it', () => {
    const broken = all.filter(({ part, what }) =>
      OWNERS.some(([pattern, owners]) => pattern.test(what) && !owners.includes(part)),
    );
    expect(broken.map(shown)).toEqual([]);
  });

  it('has no circles', () => {
    const next = new Map(
      sources.map(({ path, imports }) => [
        path,
        imports.flatMap((one) => (one.file && !one.isType ? [one.file] : [])),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (path: string, way: string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '));
      else if (!done.has(path)) {
        for (const one of next.get(path) ?? []) walk(one, [...way, path]);
        done.add(path);
      }
    };
    for (const path of next.keys()) walk(path, []);
    expect(circles).toEqual([]);
  });
});

describe('what only some may do', () => {
  it('reads addresses with parseUrl, never with URL.canParse', () => {
    // Once it is optimised, Node 20 and 22 refuse https://bücher.example/ with it.
    const broken = sources.filter(({ text }) => /URL\.canParse\(/.test(text));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  it('races promises only where both end soon: one that stays pending keeps every result', () => {
    // For what may stay pending there is lib/interruption.ts.
    const known = [
      ...['src/assets/shared-flights.ts', 'src/lib/deadline.ts', 'src/lib/or-aborted.ts'],
      ...[
        'src/links/draw-once.ts',
        'src/publishing/hook-service.ts',
        'src/queue/jobs-in-flight.ts',
      ],
      ...[
        'src/queue/liveness.ts',
        'src/records/embedded-redis.ts',
        'src/records/redis-identity.ts',
      ],
      'src/records/settled-signals.ts',
    ];
    const racing = sources.filter(({ text }) => /Promise\.(race|any)\(/.test(text));
    expect(racing.map(({ path }) => path).sort()).toEqual(known.sort());
  });

  it('loads templates without knowing of a file system', () => {
    const broken = all.filter(({ part, what }) => part === 'templates' && /^node:fs\b/.test(what));
    expect(broken.map(shown)).toEqual([]);
  });

  it('names keys of Redis and of the store in one file each', () => {
    const namesKey = (text: string) =>
      /['"`{]cp[:/{]|cardpress-(?:deleted\/|private\/|space)/.test(text);
    expect(sources.flatMap(({ path, text }) => (namesKey(text) ? [path] : [])).sort()).toEqual([
      'src/images/object-key.ts',
      'src/lib/redis-keys.ts',
    ]);
  });

  it('looks into files from outside in the decoder alone, which nothing else knows', () => {
    const isForeign = (file: string | undefined) =>
      file?.startsWith('src/encode/foreign/') ?? false;
    const values = all.filter(({ isType }) => !isType);
    const broken = values.filter(({ from, file }) => isForeign(file) && !isForeign(from));
    expect(broken.map(({ from }) => from)).toEqual(['workers/decode.ts']);

    // Whatever else knows sharp is given what Chromium captured, or what this program drew itself.
    const ours = [
      'src/encode/draw-test-asset.ts',
      'src/encode/draw-thumbnail.ts',
      'src/encode/encode-format.ts',
      'src/encode/encoder.ts',
    ];
    const knowing = values.filter(
      ({ from, file }) => file === 'src/encode/configured-sharp.ts' && !isForeign(from),
    );
    expect(knowing.map(({ from }) => from).sort()).toEqual(ours);
    const parsing = values.filter(
      ({ part, what }) => part === 'encode' && /^(sax|@csstools\/css-tokenizer)$/.test(what),
    );
    expect(parsing.length).toBe(3);
    expect(parsing.filter(({ from }) => !isForeign(from)).map(shown)).toEqual([]);

    // And the decoder knows nothing that it could give away.
    const next = new Map(sources.map(({ path, imports }) => [path, imports]));
    const reached = new Set<string>();
    const walk = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const one of next.get(path) ?? []) if (one.file && !one.isType) walk(one.file);
    };
    walk('workers/decode.ts');
    const parts = new Set([...reached].map(partOf));
    expect([...parts].sort()).toEqual(['encode', 'errors', 'formats', 'workers']);
  });

  it('keeps the objects of BullMQ, its keys and its scores in queue/', () => {
    const outside = sources.filter(({ part }) => part !== 'queue');
    const keys = /\bbull:|\.bull\b|\btoKey\(|['":]prioritized\b|2 \*\* 32/;
    expect(outside.filter(({ text }) => keys.test(text)).map(({ path }) => path)).toEqual([]);

    // What others import: its parameters, and what it gives back, are no objects of BullMQ.
    const imported = outside.flatMap(({ imports }) =>
      imports.filter((one) => one.what === 'queue'),
    );
    const doors = imported.flatMap(({ file, names }) => names.map((name) => ({ file, name })));
    const signatures = doors.map(({ file, name }) => {
      const { text = '', imports = [] } = sources.find(({ path }) => path === file) ?? {};
      const theirs = imports.filter(({ what }) => /^(bullmq|@bull-board\/)/.test(what));
      const types = theirs.flatMap((one) => one.names.map((type) => type.replace(/^type /, '')));
      // Up to the line on which the body begins.
      const pattern = `^export (?:async )?function ${name}\\([^]*?[)}>\\]\\w] \\{$`;
      const [signature = ''] = new RegExp(pattern, 'm').exec(text) ?? [];
      const leaks = types.filter((type) => new RegExp(`\\b${type}\\b`).test(signature));
      return { door: `${file} ${name}`, isRead: signature !== '', leaks };
    });
    expect(signatures.length).toBeGreaterThan(7);
    expect(signatures.filter(({ isRead, leaks }) => !isRead || leaks.length > 0)).toEqual([]);
  });

  it('runs what is for browser pages there alone, bundled by the build', () => {
    const isForPages = (file: string | undefined) => file?.startsWith('src/browser/page/') ?? false;
    const values = all.filter(({ isType }) => !isType);
    const used = values.filter(({ from, file }) => isForPages(file) && !isForPages(from));
    expect(used.map(shown)).toEqual([]);
    const inPages = values.filter(({ from }) => isForPages(from));
    expect(inPages.length).toBeGreaterThan(10);
    // Nothing that needs Node: neutral code, and what both sides have to agree on.
    const shared = (file: string) =>
      partOf(file) === 'lib' || file === 'src/browser/own-families.ts';
    const foreign = inPages.filter(({ file }) => !file || !(isForPages(file) || shared(file)));
    expect(foreign.map(shown)).toEqual([]);
    // None is sent as the text of a function, which differs with what has compiled it.
    const sent = sources.filter(({ text }) => /\bString\((?:install|create)/.test(text));
    expect(sent.map(({ path }) => path)).toEqual([]);
  });

  it('opens outgoing connections in assets/ alone', () => {
    /** To what is ours or the operator's, at addresses that are settings. */
    const exempt = [
      'src/records/is-listening.ts', // the socket of our own Redis
      'src/browser/page/canvas.ts', // runs in a browser page, whose policy allows our own origin alone
      'src/browser/browser-folder.ts', // the socket file by which a process shows that it lives
    ];
    const opens = /\b(?:request|get|connect|createConnection|Socket|Agent)\b/;
    const broken = sources.filter(({ path, part, imports, text }) => {
      if (part === 'assets' || isEntry(part) || exempt.includes(path)) return false;
      const dials = imports.some(
        ({ what, isType, names }) =>
          /^node:(https?|http2|net|tls|dgram)$/.test(what) &&
          !isType &&
          names.some((name) => !/^type\s/.test(name) && opens.test(name)),
      );
      return dials || /(?:await|return|=)\s+fetch\(|new WebSocket\(/.test(text);
    });
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  it('reads the environment in config/ and where a process begins', () => {
    const exempt = [
      'src/browser/browser-folder.ts', // Playwright has no option but TMPDIR
    ];
    const broken = sources.filter(
      ({ path, part, text }) =>
        part !== 'config' &&
        !isEntry(part) &&
        !exempt.includes(path) &&
        /\bprocess\.env\b/.test(text),
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  it('writes to the terminal where a process begins; the rest has a logger', () => {
    const broken = sources.filter(
      ({ part, text }) => !isEntry(part) && /\bconsole\.\w+\(|process\.std(out|err)\b/.test(text),
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

describe('files', () => {
  it(`are read in one sitting: at most ${MAX_LINES} lines`, () => {
    const long = sources.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      return lines > (LISTS[path] ?? MAX_LINES) ? [`${path} has ${lines} lines`] : [];
    });
    expect(long).toEqual([]);
  });

  it('are named for what they export, in kebab-case, and none is a heap or a list of others', () => {
    const broken = sources.filter(({ path, text }) => {
      const name = basename(path, '.ts');
      const isHeap = /^(utils?|helpers?-and-.*|misc|common|index|types)$/.test(name);
      return isHeap || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || /^export \* from/m.test(text);
    });
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  it('give each exported name one meaning', () => {
    const pattern = /^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm;
    const places = new Map<string, string[]>();
    for (const { path, text } of sources) {
      for (const [, name = ''] of text.matchAll(pattern)) {
        places.set(name, [...(places.get(name) ?? []), path]);
      }
    }
    expect(places.size).toBeGreaterThan(500);
    expect([...places].filter(([, paths]) => new Set(paths).size > 1)).toEqual([]);
  });

  it('export names, never a default', () => {
    const broken = sources.filter(({ text }) => /^export default\b/m.test(text));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  it('hold no trace of unfinished work', () => {
    const broken = sources.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore/.test(text));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});
