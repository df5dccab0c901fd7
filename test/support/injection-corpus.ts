/*
 * What people write into forms to leave the place where it is shown. Every entry is data: wherever
 * a template shows it, it has to stay text.
 */

const html = [
  '<script>document.title="in"</script>',
  '</h1><img src=x onerror=alert(1)>',
  '<iframe srcdoc="<b>in</b>"></iframe>',
  '<b>bold</b><!-- comment --><?pi ?><!doctype html>',
  '</title></textarea></style></script></template></noscript></xmp><base href=//evil.invalid>',
  '<table><tr><td>in',
  '<meta http-equiv=refresh content=0;url=//evil.invalid>',
  '<math><mtext></mtext><mglyph><style></math><img src onerror=1></style>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<<script>script>',
  '<scr\u0000ipt>',
  '<\u0000b>',
  '< b >',
  '\u003cu\u003e',
  '\uff1cscript\uff1e', // full-width: NFKC would turn it into markup
  '‹b›',
];

const attributes = [
  '"><b>in</b>',
  "'><b>in</b>",
  '" onload="alert(1)',
  "' onmouseover='alert(1)",
  '` onload=alert(1) `',
  '" class="other" data-field="logo',
  '" style="position:fixed;inset:0;background:url(//evil.invalid/)',
  '\\" onfocus=alert(1) autofocus x="',
  '"\n\tonload\n=\n"alert(1)',
  '"/onload=alert(1)//',
  'a" data-fit data-fit-min="1',
  '=',
];

const css = [
  'red;background:url(//evil.invalid/x)',
  'red}body{display:none}',
  'x);} body{background:url(//evil.invalid)',
  '</style><link rel=stylesheet href=//evil.invalid>',
  '@import "//evil.invalid/x.css";',
  'expression(alert(1))',
  '\\3c b\\3e',
  '*/ body{display:none} /*',
  'var(--accent, url(//evil.invalid))',
  '#fff" onload="alert(1)',
  'url(javascript:alert(1))',
];

const templates = [
  '{{title}}',
  '{{{title}}}',
  '{{&title}}',
  '{{{{raw}}}}{{x}}{{{{/raw}}}}',
  '{{constructor.constructor "return process"}}',
  '{{#with "s" as |string|}}{{string.sub.apply 0}}{{/with}}',
  '{{lookup this "__proto__"}}',
  '{{__proto__.polluted}}',
  '{{> evil}}{{#> evil}}{{/evil}}{{#*inline "evil"}}{{/inline}}',
  '{{#each this}}{{@key}}{{/each}}',
  '{{log "in"}}{{!-- comment --}}',
  '\\{{title}}',
  '{{',
  '}}',
  '{%25 include %}{% raw %}<%= 7*7 %>\x24{7*7}#{7*7}',
  "$&$1$`$'",
  '%s%n%x',
];

const entities = [
  '&lt;b&gt;in&lt;/b&gt;',
  '&amp;lt;b&amp;gt;',
  '&#60;b&#62;',
  '&#x3c;b&#x3e;',
  '&#x00003C;b>',
  '&ltb&gt',
  '&quot;&apos;&nbsp;&NewLine;&Tab;',
  '&#0;&#xD800;&#x110000;',
  '%3Cb%3E',
  '\\u003cb\\u003e',
  '\\x3cb\\x3e',
];

const enders = [
  '--><b>in</b><!--',
  '--!><b>in</b>',
  ']]><b>in</b>',
  '<![CDATA[<b>in</b>]]>',
  '?><b>in</b>',
  '*/</style><b>in</b>',
];

const svg = [
  '"><svg/onload=alert(1)>',
  '<svg><foreignObject><b>in</b></foreignObject></svg>',
  '<svg><use href="#x"/><animate attributeName=href values=javascript:alert(1)>',
  '</text></svg><b>in</b>',
  '<svg><style><img src=x></style></svg>',
];

const addresses = [
  'javascript:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<b>in</b>',
  'data:image/svg+xml,<svg onload=alert(1)>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'view-source:file:///etc/passwd',
  'blob:null/x',
  'chrome://version',
  '//evil.invalid/x.png',
  '\\\\evil.invalid\\x.png',
  'http://evil.invalid/"><b>in</b>',
  "http://evil.invalid/');background:url(//evil.invalid",
  '/etc/passwd',
  'assets/../../../etc/passwd',
  'asset:../template.json',
];

const unicode = [
  '\u202Egnp.exe\u202C',
  '\u202Eunclosed',
  '\u2067\u202E\u2066deep',
  'zero\u200bwidth\u200d\u2060\ufeff',
  '\u0000',
  'a\u0000b\u0007c\u001bd\u007fe\u0085f',
  '\ud800',
  'lone\udc00low',
  '\ufdd0\uffff\ufffe',
  'Z̸̡̛̺͔̤̑̾a̷̛̦l̶̛̰g̸̛̱o̵̡͝',
  'مرحبا بالعالم <b>في</b>',
  'שלום "עולם"',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  'ﷺ'.repeat(20),
  '\u2028<b>\u2029',
  'İıſK',
];

/** Each is a value of a text field. The longest has the most characters that a text may have. */
export const injectionCorpus: readonly string[] = [
  ...html,
  ...attributes,
  ...css,
  ...templates,
  ...entities,
  ...enders,
  ...svg,
  ...addresses,
  ...unicode,
  '<b>'.repeat(3_000),
  `${'&'.repeat(4_000)}<b>`,
];
