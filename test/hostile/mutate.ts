// For `node --import`: loads the server's files with one mutant's change in them, in the main thread and in its workers.
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MUTANTS } from './mutants.ts'

const mutant = MUTANTS.find(({ name }) => name === process.env.RECADO_MUTANT)
if (!mutant) throw new Error(`There is no mutant ${process.env.RECADO_MUTANT}`)
const { file, from, to } = mutant
const changed = new URL(`../../${file}`, import.meta.url).href

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (url !== changed) return loaded
    const source = String(loaded.source)
    if (!source.includes(from)) throw new Error(`${fileURLToPath(url)} has nothing of the mutant`)
    return { ...loaded, source: source.replaceAll(from, () => to) }
  },
})
