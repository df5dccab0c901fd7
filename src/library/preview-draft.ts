import { keyCaller } from '../images/caller.js';
import type { Preview, Previewer } from '../images/ports.js';
import { createPrepare, type ImageRequest } from '../images/prepare.js';
import type { Author } from './draft.js';
import type { DraftService } from './draft-service.js';
import { registryOf } from './registry-of.js';
import type { VersionService } from './version-service.js';

/** The id of an image that nobody stores means nothing. */
const NO_KEY = Buffer.alloc(32);

/** Draws a draft for one requester, as its image would be once it is published. */
export function createPreviewDraft(deps: {
  drafts: DraftService;
  tryOut: VersionService['tryOut'];
  previewer: Previewer;
  timeoutMs: number;
}) {
  return async function previewDraft(
    id: string,
    request: Partial<Pick<ImageRequest, 'data' | 'size' | 'output' | 'onMissing'>>,
    author: Author,
  ): Promise<Preview> {
    const { template } = await deps.tryOut(await deps.drafts.get(id));
    const prepare = createPrepare({ registry: registryOf(template), idKey: NO_KEY });
    const { data = template.sample, ...rest } = request;
    const { spec, warnings } = prepare({ ...rest, template: id, data });
    const caller = keyCaller(author.keyId);
    const preview = await deps.previewer.preview(spec, deps.timeoutMs, caller);
    return { ...preview, warnings: [...warnings, ...preview.warnings] };
  };
}

export type PreviewDraft = ReturnType<typeof createPreviewDraft>;
