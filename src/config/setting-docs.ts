import { type Setting, settingTable } from './setting-table.js';

/** The table of docs/settings.md. */
export function settingsTable(): string {
  const rows = Object.entries<Setting>(settingTable).map(([name, setting]) => {
    const fallback = setting.schema.safeParse(undefined);
    const value = fallback.success ? fallback.data : undefined;
    const isShown = value !== undefined && !setting.isDefaultOfMachine && !Array.isArray(value);
    return `| \`${name}\` | ${isShown ? `\`${value}\`` : ''} | ${setting.doc} |`;
  });
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
