export const IMAGE_PREFIX = 'cp:img:';
export const ALL_IMAGES = 'cp:imgs:all';
export const OPEN = 'cp:imgs:open';
export const IMAGES_BY_STATUS = 'cp:imgs:status:';
export const BY_TEMPLATE = 'cp:imgs:template:';
/** Hash: id of an image that was deleted and not requested with a key since → its deletion. */
export const DELETED = 'cp:imgs:deleted';

export const traceOf = (id: string) => `${IMAGE_PREFIX}${id}:trace`;

/** Set of waiters: requests that want the image only while connected. */
export const waitersOf = (id: string) => `${IMAGE_PREFIX}${id}:visitors`;
/** Far longer than any reader waits: waiters of a dead process expire then. */
export const WAITER_TTL_MS = 60_000;
