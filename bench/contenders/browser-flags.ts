/**
 * How text and colour look, as our engine has it: without these the pictures would differ by more
 * than the way they are made. None of them has to do with speed.
 */
export const LOOKS = [
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
  '--disable-lcd-text',
];

/** Chromium refuses its sandbox to root. */
export const mayUseSandbox = process.getuid?.() !== 0;
