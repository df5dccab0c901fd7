/**
 * A page whose section `name` comes from code: it stands between `<!-- name: generated -->` and
 * `<!-- /name -->`. Returns the page with `content` there.
 * @throws Error where the page has no such section
 */
export function withSection(page: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}: generated -->\n`, `<!-- /${name} -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`no section is marked by ${start.trim()} and ${end}`);
  return `${page.slice(0, from + start.length)}\n${content}\n\n${page.slice(to)}`;
}
