/** Names of common fields in the mail tools. */
const USUAL: Record<string, { mailchimp: string; hubspot: string; brevo: string }> = {
  first_name: { mailchimp: 'FNAME', hubspot: 'firstname', brevo: 'FIRSTNAME' },
  last_name: { mailchimp: 'LNAME', hubspot: 'lastname', brevo: 'LASTNAME' },
  name: { mailchimp: 'FNAME', hubspot: 'firstname', brevo: 'FIRSTNAME' },
  company: { mailchimp: 'COMPANY', hubspot: 'company', brevo: 'COMPANY' },
  city: { mailchimp: 'CITY', hubspot: 'city', brevo: 'CITY' },
};

/** Mailchimp's tags have at most ten characters, of letters, digits and `_`. */
const MAILCHIMP_LENGTH = 10;

/** Built-in properties of Klaviyo profiles; all others are looked up. */
const KLAVIYO_OWN = ['first_name', 'last_name', 'email'];

function klaviyoVariable(field: string): string {
  const name = field === 'name' ? 'first_name' : field;
  return KLAVIYO_OWN.includes(name) ? name : `person|lookup:'${name}'`;
}

/**
 * How each tool writes a merge tag into an address, and whether it escapes the value there.
 *
 * - Mailchimp: `*|FNAME|*` (https://mailchimp.com/developer/marketing/docs/merge-fields); `URL:`
 *   escapes it, which is in use but not in that documentation.
 * - Klaviyo: Django's filters, without spaces around them, among them `default` and `urlencode`
 *   (https://developers.klaviyo.com/en/docs/glossary-of-variable-filters,
 *   https://developers.klaviyo.com/en/docs/use-filters-to-customize-variables).
 * - HubSpot: no filter works on contacts in mails
 *   (https://developers.hubspot.com/docs/cms/hubl/filters), so the value is not escaped.
 * - SendGrid: Handlebars, without a helper that escapes for addresses
 *   (https://www.twilio.com/docs/sendgrid/for-developers/sending-email/using-handlebars).
 * - Brevo: filters; none that is documented escapes for addresses
 *   (https://help.brevo.com/hc/en-us/articles/4405381108626).
 */
const writers = {
  mailchimp: (field: string) =>
    `*|URL:${USUAL[field]?.mailchimp ?? field.toUpperCase().slice(0, MAILCHIMP_LENGTH)}|*`,
  klaviyo: (field: string) => `{{ ${klaviyoVariable(field)}|default:''|urlencode }}`,
  hubspot: (field: string) => `{{ contact.${USUAL[field]?.hubspot ?? field} }}`,
  sendgrid: (field: string) => `{{${field}}}`,
  brevo: (field: string) => `{{ contact.${USUAL[field]?.brevo ?? field.toUpperCase()} }}`,
};

export type MailTool = keyof typeof writers;

export const mailTools = Object.keys(writers) as MailTool[];

/** The address of a link with merge tags, for each mail tool. */
export function mergeTags(url: string, fields: string[]): Record<MailTool, string> {
  const addresses = Object.entries(writers).map(([tool, write]) => {
    const pairs = fields.map((field) => `${field}=${write(field)}`);
    return [tool, `${url}?${pairs.join('&')}`];
  });
  return Object.fromEntries(addresses) as Record<MailTool, string>;
}
