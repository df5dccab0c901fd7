/** What names a template: its id, or `<id>@<version>`, which pins a version. */
export interface TemplateReference {
  id: string;
  version?: string;
}

const PINNED = /^([^@]*)@([0-9a-f]{16})$/;

export function parseTemplateReference(reference: string): TemplateReference {
  const [, id, version] = PINNED.exec(reference) ?? [];
  return id !== undefined && version !== undefined ? { id, version } : { id: reference };
}

/** Whether it pins a version, which has to be loaded before it is known here. */
export const isPinned = (reference: string): boolean =>
  parseTemplateReference(reference).version !== undefined;
