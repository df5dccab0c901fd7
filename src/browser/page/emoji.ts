/** What is drawn by the emoji font, or as part of an emoji. */
export const EMOJI = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]/u;
