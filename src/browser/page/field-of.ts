/// <reference lib="dom" />

/** The field of a template that an element shows. */
export function fieldOf(element: Element): string | null {
  return element.closest('[data-field]')?.getAttribute('data-field') ?? null;
}
