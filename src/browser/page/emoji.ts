/** Characters that the emoji font draws, or that are part of an emoji. */
export const EMOJI = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]/u;
