import { hostilePictures } from './hostile-assets.js';
import { hostileCalls } from './hostile-calls.js';
import type { HostileKind } from './hostile-kind.js';

/** Weights are shares of hostile requests. */
export const hostileKinds: HostileKind[] = [...hostilePictures, ...hostileCalls];
