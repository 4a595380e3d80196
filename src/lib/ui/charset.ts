/**
 * Whether the terminal can be expected to draw more than ASCII: the first of LC_ALL, LC_CTYPE and LANG that is set
 * decides (POSIX.1-2017 §8.2), and none set means the POSIX locale, which is ASCII. Windows has no such variables.
 */
export function speaksUnicode(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']
  return locale ? /utf-?8/i.test(locale) : platform === 'win32'
}

/** What stands where text was cut off. */
export function ellipsisOf(unicode: boolean): string {
  return unicode ? '…' : '~'
}
