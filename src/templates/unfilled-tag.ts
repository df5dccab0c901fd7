/**
 * Tags that no other text looks like, whole or within a text: `*|FNAME|*` (Mailchimp), `{{ name }}`
 * (Klaviyo, HubSpot, SendGrid, Brevo, Kit, Iterable, Liquid), `{{${name}}}` (Braze), `{% … %}`,
 * `%%name%%` and `%%=v(@name)=%%` (Salesforce), `{!Contact.Name}` (Salesforce), `%FIRSTNAME%`
 * (ActiveCampaign), `[%name%]` (SendGrid's former one), `[name,fallback=]` (Campaign Monitor),
 * `{$name}` (MailerLite), `{contactfield=name|there}` (Mautic), `[[name]]`, `${name}`, `<%= name %>`.
 *
 * As their makers and users show them: https://mailchimp.com/developer/marketing/docs/merge-fields,
 * https://developers.klaviyo.com/en/docs/glossary-of-variable-filters,
 * https://www.braze.com/docs/user_guide/personalization_and_dynamic_content/liquid/using_liquid/,
 * https://twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags,
 * https://cf-newsletrix.pages.dev/blog/newsletter-personalisation-token-guide.html
 * (ActiveCampaign, Salesforce),
 * https://help.oneclickpolitics.com/hc/en-us/articles/228081588-How-do-I-personalize-a-campaign
 * (Campaign Monitor), https://github.com/mautic/user-documentation (docs/configuration/variables.rst).
 */

interface Pair {
  open: string;
  close: string;
  /** Characters between the two, at least. */
  between: number;
}

/** Pairs with any content. */
const PAIRS: readonly Pair[] = [
  { open: '{%', close: '%}', between: 0 },
  { open: '[[', close: ']]', between: 1 },
  { open: '${', close: '}', between: 1 },
  { open: '[%', close: '%]', between: 0 },
  { open: '<%', close: '%>', between: 0 },
];

/** Tags with content of a certain form; no pattern reads a character more than a few times. */
const FORMS = [/\{[$!]\s*[A-Za-z_][^{}]*\}/, /\{[a-z]+=[^{}]*\}/, /%[A-Z][A-Z0-9_-]{2,}%/];

/** Campaign Monitor: `[name,fallback=…]`. Names of fields are short. */
const WITH_FALLBACK = /\[[\w ]{1,100},\s{0,9}fallback=/i;

/** Whole or half, as after a mail program has cut them: `*|…|*`, `{{…}}` and `%%…%%`. */
const HALF_TAG = /\*\||\|\*|\{\{|\}\}|%%/;

/**
 * Simple brackets, which may be intended text: `[name]`, `{name}`, `-name-` (SendGrid), `#name#`
 * (Flexmail), `%name%`, `<name>`. A tag only if it is the whole text, and a common name of a list
 * field.
 */
const BRACKETED =
  /^[[{<#%-]\s*((first|last|full|given|family|f|l|sur|nick)?[ _-]?name|e-?mail|company|city|country)\s*[\]}>#%-]$/i;

/** Finds the first opening and the last closing, so that any text is read once. */
function encloses(text: string, { open, close, between }: Pair): boolean {
  const start = text.indexOf(open);
  return start >= 0 && text.lastIndexOf(close) >= start + open.length + between;
}

function hasFallback(text: string): boolean {
  const found = WITH_FALLBACK.exec(text);
  return found !== null && text.indexOf(']', found.index + found[0].length) >= 0;
}

/**
 * Whether a mail tool left a tag unfilled, in whole or in part. `{Hi}` and `50% off` are no tags.
 * Time is linear in the length of the text.
 */
export function isUnfilledTag(text: string): boolean {
  return (
    HALF_TAG.test(text) ||
    PAIRS.some((pair) => encloses(text, pair)) ||
    FORMS.some((form) => form.test(text)) ||
    hasFallback(text) ||
    BRACKETED.test(text)
  );
}

/** One tag and nothing else: no second opening within it. */
const WHOLE: readonly RegExp[] = [
  /^\*\|[^|]+\|\*$/,
  /^\{%[^{}%]*%\}$/,
  /^%%[^%]+%%$/,
  /^\{[$!][^{}]+\}$/,
  /^\$\{[^{}]+\}$/,
  /^%[A-Z][A-Z0-9_-]{2,}%$/,
  /^\[%[^%]*%\]$/,
  /^\[\[[^\][]+\]\]$/,
  /^<%[^%]*%>$/,
  /^\{[a-z]+=[^{}]*\}$/,
  /^\[[\w ]{1,100},\s{0,9}fallback=[^\]]*\]$/i,
];

/** `{{name}}`, `{{{name}}}` and `{{${name}}}`, with nothing behind its first end. */
function isMustache(text: string): boolean {
  return text.startsWith('{{') && /^\}{2,4}$/.test(text.slice(text.indexOf('}')));
}

/** Whether the text is one such tag as a whole. Only of text that `isUnfilledTag`. */
export function isWholeTag(text: string): boolean {
  const trimmed = text.trim();
  return BRACKETED.test(trimmed) || isMustache(trimmed) || WHOLE.some((form) => form.test(trimmed));
}

/** How the fields of a mailing list are called, behind what they belong to. */
const LIST_FIELD =
  /(?:first|last|full|given|family|nick|sur|user)[ _.-]?name|\b(?:f|l)name\b|\be-?mail\b|\b(?:contact|subscriber|recipient|customer|person|profile|lead|member)\s?[.|:_]/i;

/** `*|…|*`, `%%…%%` and Campaign Monitor's form stand in no other text. */
const MAIL_ONLY = /\*\|[^|*]{1,100}\|\*|%%=?[A-Za-z_(][^%]{0,100}%%/;

/**
 * Whether a tag within a text names a field of a mailing list. `{{ expression }}` may be what a
 * text is about; `Hi {{ first_name }}` is not. Only of text that `isUnfilledTag`.
 */
export function namesListField(text: string): boolean {
  return MAIL_ONLY.test(text) || hasFallback(text) || LIST_FIELD.test(text);
}
