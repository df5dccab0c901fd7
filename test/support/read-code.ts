import {
  BarcodeFormat,
  BinaryBitmap,
  DecodeHintType,
  HybridBinarizer,
  MultiFormatReader,
  NotFoundException,
  RGBLuminanceSource,
} from '@zxing/library';
import sharp, { type Region } from 'sharp';

const HINTS = new Map([[DecodeHintType.TRY_HARDER, true]]);

/** What a scanner reads in a picture, or a part of it: `EAN_13 4006381333931`; undefined for nothing. */
export async function readCode(picture: Buffer, part?: Region): Promise<string | undefined> {
  const whole = sharp(picture);
  const { data, info } = await (part ? whole.extract(part) : whole)
    .flatten({ background: '#ffffff' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const grey = Uint8ClampedArray.from({ length: info.width * info.height }, (_, i) => {
    return data[i * info.channels] ?? 0;
  });
  const source = new RGBLuminanceSource(grey, info.width, info.height);
  try {
    const result = new MultiFormatReader().decode(
      new BinaryBitmap(new HybridBinarizer(source)),
      HINTS,
    );
    return `${BarcodeFormat[result.getBarcodeFormat()]} ${result.getText()}`;
  } catch (thrown) {
    if (thrown instanceof NotFoundException) return undefined;
    throw thrown;
  }
}
