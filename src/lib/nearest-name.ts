/** Longer input is a mistake of another kind; comparing it would only cost time. */
const MAX_COMPARED = 64;

/** Edits between two words, where swapping two neighbours is one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s.]/g, '');
}

/**
 * The known name that someone most likely meant, or undefined where none is close: at most one
 * edit for every three letters, case and separators apart. The first of equals wins.
 */
export function nearestName(wanted: string, known: Iterable<string>): string | undefined {
  const target = plain(wanted.slice(0, MAX_COMPARED));
  if (target === '') return undefined;
  const allowed = Math.max(1, Math.floor(target.length / 3));
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const name of known) {
    const candidate = plain(name);
    if (Math.abs(candidate.length - target.length) >= bestDistance) continue;
    const distance = editDistance(target, candidate);
    // A word of one or two letters is one edit away from any other such word.
    if (distance < bestDistance && distance < candidate.length) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "title"?` with a leading space, or nothing. */
export function didYouMean(wanted: string, known: Iterable<string>): string {
  const near = nearestName(wanted, known);
  return near === undefined ? '' : ` Did you mean "${near}"?`;
}
