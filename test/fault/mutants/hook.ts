// Loaded before anything else (`--import`), in each thread: patches the source text of single files as they are loaded, so
// that a server or a client is broken in one known way without a copy of it. A text to patch that is not there, or there
// twice, ends the process: a mutant that is none would pass for one that nobody caught.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { INJECTIONS, MUTANTS, type Patch } from './list.ts'
import { PATCH_LOG, PATCHES } from './patched.ts'

const ROOT = new URL('../../../', import.meta.url).href

function patchesOf(name: string): readonly Patch[] {
  const found = [...MUTANTS, ...INJECTIONS].find(each => each.name === name)
  if (!found) throw new Error(`There is no patch ${name}.`)
  return found.patches.map(patch => ({ ...patch, name }))
}

const patches = (process.env[PATCHES] ?? '').split(',').filter(Boolean).flatMap(patchesOf)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const own = patches.filter(({ file }) => url === ROOT + file)
    if (own.length === 0) return loaded
    let source = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source)
    for (const { name, file, find, put } of own) {
      const count = source.split(find).length - 1
      if (count !== 1) {
        console.error(`The patch ${name} finds its text ${count} times in ${file}: ${find}`)
        process.exit(70)
      }
      source = source.replace(find, () => put)
      if (process.env[PATCH_LOG]) appendFileSync(process.env[PATCH_LOG], `${name} ${file}\n`)
    }
    return { ...loaded, source }
  },
})
