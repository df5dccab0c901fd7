/** As the mail tools name what nearly every list has. */
const USUAL: Record<string, { mailchimp: string; hubspot: string; brevo: string }> = {
  first_name: { mailchimp: 'FNAME', hubspot: 'firstname', brevo: 'FIRSTNAME' },
  last_name: { mailchimp: 'LNAME', hubspot: 'lastname', brevo: 'LASTNAME' },
  name: { mailchimp: 'FNAME', hubspot: 'firstname', brevo: 'FIRSTNAME' },
  company: { mailchimp: 'COMPANY', hubspot: 'company', brevo: 'COMPANY' },
  city: { mailchimp: 'CITY', hubspot: 'city', brevo: 'CITY' },
};

/** Mailchimp's tags have at most ten characters, of letters, digits and `_`. */
const MAILCHIMP_LENGTH = 10;

const writers = {
  // `URL:` and `urlencode` have the tool escape the value.
  mailchimp: (field: string) =>
    `*|URL:${USUAL[field]?.mailchimp ?? field.toUpperCase().slice(0, MAILCHIMP_LENGTH)}|*`,
  klaviyo: (field: string) =>
    `{{ ${field === 'name' ? 'first_name' : field}|default:''|urlencode }}`,
  hubspot: (field: string) => `{{ contact.${USUAL[field]?.hubspot ?? field}|urlencode }}`,
  sendgrid: (field: string) => `{{${field}}}`,
  brevo: (field: string) =>
    `{{ contact.${USUAL[field]?.brevo ?? field.toUpperCase()} | urlencode }}`,
};

export type MailTool = keyof typeof writers;

export const mailTools = Object.keys(writers) as MailTool[];

/** The address of a link as it is put into a mail of each tool. */
export function mergeTags(url: string, fields: string[]): Record<MailTool, string> {
  const addresses = Object.entries(writers).map(([tool, write]) => {
    const pairs = fields.map((field) => `${field}=${write(field)}`);
    return [tool, `${url}?${pairs.join('&')}`];
  });
  return Object.fromEntries(addresses) as Record<MailTool, string>;
}
