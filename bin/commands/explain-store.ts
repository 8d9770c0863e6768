// What went wrong with a store or an archive, as a sentence for whoever ran the command.
import { Failure } from '../../client/terminal/command.ts'
import { ArchiveError } from '../../server/store/archive/archive-error.ts'
import { StoreError } from '../../server/store/store-error.ts'
import type { ProgramTexts } from './texts.ts'

/** Codes of the system that a person can do something about: no space, no right, no such folder, … */
const SYSTEM = new Set(['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EDQUOT', 'EFBIG', 'EIO'])

/** A Failure for what a person can mend; anything else stays as it is. */
export function explainStore(error: unknown, { archive: words }: ProgramTexts): unknown {
  if (error instanceof StoreError) return new Failure(error.message)
  if (error instanceof ArchiveError) {
    const detail = error.code === 'DAMAGED' ? ` (${error.message})` : ''
    return new Failure(`${words[error.code]}${detail} ${words.nothingKept}`)
  }
  if (error instanceof Error && 'code' in error && SYSTEM.has(String(error.code))) return new Failure(error.message)
  return error
}
