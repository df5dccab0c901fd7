/** Width of a probe font's glyph in em: no letter has it. For the service and for browser pages. */
export const PROBE_EM = 1000;
