// All fuzzers.
import { COMMANDS } from './commands.ts'
import { CURSORS } from './cursors.ts'
import { DOCUMENTS } from './documents.ts'
import { FRAMES } from './frames.ts'
import type { Fuzzer } from './fuzzer.ts'
import { MESSAGES } from './messages.ts'
import { NAMES } from './names.ts'
import { NOTICES } from './notices.ts'

export const FUZZERS: readonly Fuzzer[] = [FRAMES, MESSAGES, DOCUMENTS, NAMES, COMMANDS, CURSORS, NOTICES]
