/**
 * Every warning that data can lead to before anything is drawn. `isInvalidData: true` marks what a strict caller
 * (`on_missing: reject`) refuses and a careful one (`review`) wants to look at; the others are
 * harmless clean-ups that never stop a picture. docs/templates.md shows this table.
 */
export const warningCodes = {
  missing_used_fallback: {
    severity: 'warning',
    isInvalidData: true,
    meaning: "Nothing was given; the field's `fallback` is shown.",
  },
  missing_used_placeholder: {
    severity: 'warning',
    isInvalidData: true,
    meaning: 'A required picture was not given; what `on_error` names stands in.',
  },
  missing_left_empty: {
    severity: 'error',
    isInvalidData: true,
    meaning: 'Required, not given, nothing to mend it with; left empty for the review.',
  },
  invalid_used_fallback: {
    severity: 'warning',
    isInvalidData: true,
    meaning: "The value cannot be used; the field's `fallback` (else its `default`) is shown.",
  },
  invalid_used_placeholder: {
    severity: 'warning',
    isInvalidData: true,
    meaning: 'The address of a picture cannot be used; what `on_error` names stands in.',
  },
  invalid_left_empty: {
    severity: 'error',
    isInvalidData: true,
    meaning: 'The value cannot be used and nothing mends it; left empty.',
  },
  truncated: {
    severity: 'warning',
    isInvalidData: true,
    meaning: 'Longer than `max_length`; cut, for text with an ellipsis.',
  },
  case_changed: {
    severity: 'info',
    isInvalidData: false,
    meaning: 'Written in one case only; changed as the field asks with `case`.',
  },
  control_characters_removed: {
    severity: 'info',
    isInvalidData: false,
    meaning: 'Invisible characters that cannot be shown were removed.',
  },
  choice_matched: {
    severity: 'info',
    isInvalidData: false,
    meaning: 'Not spelled like the choice, but equal apart from case and spaces.',
  },
  column_fallback_used: {
    severity: 'warning',
    isInvalidData: false,
    meaning: "An empty cell of a table; the `fallback` of the batch's mapping is shown.",
  },
  fallback_template_used: {
    severity: 'error',
    isInvalidData: false,
    meaning: 'The data cannot be shown in this template; another one stands in.',
  },
  scheme_added: {
    severity: 'info',
    isInvalidData: false,
    meaning: 'A web address without `https://`; it was added.',
  },
} as const satisfies Record<
  string,
  { severity: 'info' | 'warning' | 'error'; isInvalidData: boolean; meaning: string }
>;

export type WarningCode = keyof typeof warningCodes;
