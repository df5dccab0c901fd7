import { quoteValue } from '../clean-text.js';
import type { ParsedAddress } from '../parse-address.js';
import type { Note, ReadValue } from '../read-result.js';

/** What was parsed, as the value of a field; `shown` is how messages name what was given. */
export function addressValue(parsed: ParsedAddress, shown: string, notes: Note[]): ReadValue {
  if ('problem' in parsed) return { kind: 'invalid_data', message: `${shown} ${parsed.problem}.` };
  if (!parsed.schemeAdded) return { kind: 'value', value: parsed.value, notes };
  const message = `${shown} is read as ${quoteValue(parsed.value)}. Write addresses with https://.`;
  return {
    kind: 'value',
    value: parsed.value,
    notes: [...notes, { code: 'scheme_added', message }],
  };
}
