/// <reference lib="dom" />

/** A computed length in CSS pixels; 0 where the property has none (`normal`, `auto`). */
export function cssPx(style: CSSStyleDeclaration, property: string): number {
  return Number.parseFloat(style.getPropertyValue(property)) || 0;
}
