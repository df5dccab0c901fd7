import sharp from 'sharp';

export interface SheetPicture {
  label: string;
  png: Buffer;
}

const GAP_PX = 6;
const LABEL_PX = 16;

function label(text: string, width: number): Buffer {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${LABEL_PX}"><text x="2" y="12" font-size="12" fill="#fff" font-family="Noto Sans">${safe}</text></svg>`,
  );
}

/** Pictures side by side, made smaller, for people to look at. */
export async function contactSheet(
  pictures: SheetPicture[],
  columns: number,
  widthPx: number,
): Promise<Buffer> {
  const placed: { input: Buffer; left: number; top: number }[] = [];
  let top = 0;
  for (let at = 0; at < pictures.length; at += columns) {
    const row = await Promise.all(
      pictures.slice(at, at + columns).map(async ({ png, label: text }) => {
        const small = await sharp(png)
          .resize({ width: widthPx })
          .png()
          .toBuffer({ resolveWithObject: true });
        return { text, input: small.data, height: small.info.height };
      }),
    );
    row.forEach(({ text, input }, column) => {
      const left = column * (widthPx + GAP_PX);
      placed.push({ input: label(text, widthPx), left, top });
      placed.push({ input, left, top: top + LABEL_PX });
    });
    top += Math.max(...row.map(({ height }) => height)) + LABEL_PX + GAP_PX;
  }
  const width = columns * (widthPx + GAP_PX);
  return sharp({ create: { width, height: Math.max(1, top), channels: 3, background: '#555' } })
    .composite(placed)
    .png({ palette: true })
    .toBuffer();
}
