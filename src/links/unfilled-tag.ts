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
const TAGS = [
  /\*\|.*\|\*/s,
  /\{\{.*\}\}/s,
  /\{%.*%\}/s,
  /%%.+%%/s,
  /\[\[.+\]\]/s,
  /\$\{.+\}/s,
  /\{[$!]\s*[A-Za-z_][^{}]*\}/,
  /\{[a-z]+=[^{}]*\}/,
  /\[%.*%\]/s,
  /\[[\w ]+,\s*fallback=[^\]]*\]/i,
  /<%.*%>/s,
  /%[A-Z][A-Z0-9_-]{2,}%/,
];

/** What half a tag looks like once a mail program has cut it. */
const HALF_TAG = /\*\||\|\*|\{\{|\}\}|%%/;

/**
 * Simple brackets, which may be meant: `[name]`, `{name}`, `-name-` (SendGrid), `#name#` (Flexmail),
 * `%name%`, `<name>`. A tag only where nothing else stands there, and where it is what lists call
 * their fields.
 */
const BRACKETED =
  /^[[{<#%-]\s*((first|last|full|given|family|f|l|sur|nick)?[ _-]?name|e-?mail|company|city|country)\s*[\]}>#%-]$/i;

/** Whether a mail tool left a tag as it is, in whole or in part. `{Hi}` and `50% off` are none. */
export function isUnfilledTag(text: string): boolean {
  return TAGS.some((tag) => tag.test(text)) || HALF_TAG.test(text) || BRACKETED.test(text);
}
