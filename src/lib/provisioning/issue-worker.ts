import { parentPort, workerData } from 'node:worker_threads'
import { Authority } from '../pki/authority.ts'
import type { IssueThreadData } from './issue-threads.ts'
import { issuePack, type PackRow } from './pack.ts'

/** A thread that makes packs: rows come in, the content of a file and what the registry keeps go out. */
const { authority, plan } = workerData as IssueThreadData
const issuing = Authority.shared(authority)

parentPort!.on('message', (rows: readonly PackRow[]) => {
  const { bytes, records } = issuePack(issuing, rows, plan)
  parentPort!.postMessage({ bytes, records }, [bytes.buffer as ArrayBuffer])
})
