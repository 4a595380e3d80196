/** How many files and connections this process may have open; Infinity where there is no limit or none is known. */
export function openFilesLimit(): number {
  Object.assign(process.report, { excludeNetwork: true }) // else it looks up the names of who is connected
  const { userLimits } = process.report.getReport() as { readonly userLimits?: UserLimits }
  const limit = Number(userLimits?.open_files?.soft)
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit
}

/** A number, or `unlimited`. */
interface UserLimits {
  readonly open_files?: { readonly soft?: string | number }
}
