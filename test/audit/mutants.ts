// Broken servers, each in one way, with the audits that must catch it. Every audit is named by one of them.
import { accounts } from './mutants/accounts.ts'
import { answers } from './mutants/answers.ts'
import { feeds } from './mutants/feeds.ts'
import { moderation } from './mutants/moderation.ts'
import type { Mutant } from './mutants/mutant.ts'
import { refusals } from './mutants/refusals.ts'
import { wire } from './mutants/wire.ts'

export const mutants: readonly Mutant[] = [...refusals, ...accounts, ...wire, ...feeds, ...answers, ...moderation]
