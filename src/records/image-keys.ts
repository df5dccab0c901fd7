export const PREFIX = 'cp:img:';
export const ALL = 'cp:imgs:all';
export const OPEN = 'cp:imgs:open';
export const BY_STATUS = 'cp:imgs:status:';
export const BY_TEMPLATE = 'cp:imgs:template:';
/** Hash: id of what was deleted and not asked for with a key since → its deletion. */
export const DELETED = 'cp:imgs:deleted';

export const traceOf = (id: string) => `${PREFIX}${id}:trace`;

/** Who wants the image only while he is there. */
export const waitersOf = (id: string) => `${PREFIX}${id}:visitors`;
/** Far longer than any reader waits: what a process that died leaves behind is gone then. */
export const VISIT_TTL_MS = 60_000;
