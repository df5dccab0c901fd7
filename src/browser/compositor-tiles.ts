/** cc/trees/layer_tree_settings.h: `default_tile_size`, without a GPU. */
const TILE_PX = 256;
/** cc/trees/layer_tree_settings.h: `max_untiled_layer_size`. */
const MAX_UNTILED_PX = 512;
/** cc/layers/tile_size_calculator.cc: `kTileRoundUp`. */
const ROUND_UP_PX = 64;

/** A tile is not larger than its content needs. */
const clamp = (tilePx: number, contentPx: number) =>
  contentPx < tilePx ? Math.ceil(contentPx / ROUND_UP_PX) * ROUND_UP_PX : tilePx;

/**
 * Size of the tiles in which Chromium's compositor rasters a layer of this size without a GPU, in
 * device pixels (cc/layers/tile_size_calculator.cc).
 */
export function compositorTile(widthPx: number, heightPx: number) {
  let [width, height] = [TILE_PX, TILE_PX];
  // A narrow layer has higher tiles, a low one wider ones, a small one a single tile.
  if (widthPx < TILE_PX) height = MAX_UNTILED_PX;
  if (heightPx < TILE_PX) width = MAX_UNTILED_PX;
  if (widthPx < MAX_UNTILED_PX && heightPx < MAX_UNTILED_PX) {
    width = MAX_UNTILED_PX;
    height = MAX_UNTILED_PX;
  }
  return { width: clamp(width, widthPx), height: clamp(height, heightPx) };
}
