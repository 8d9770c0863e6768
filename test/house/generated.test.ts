// What codegen writes is committed: this fails when it is not what codegen would write now.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const GENERATED = ['server/graphql/generated/**/*.ts', 'client/core/generated/**/*.ts']

test('generated files are fresh', { timeout: 120_000 }, () => {
  const copy = mkdtempSync(join(tmpdir(), 'recado-codegen-'))
  try {
    for (const path of ['schema.graphql', 'codegen.ts', 'package.json', 'client/core/documents']) {
      cpSync(join(root, path), join(copy, path), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/@graphql-codegen/cli/cjs/bin.js'), '--config', 'codegen.ts', '--silent'],
      { cwd: copy, stdio: 'pipe' },
    )
    const files = globSync(GENERATED, { cwd: copy })
    expect(files.length).toBeGreaterThan(2)
    expect(globSync(GENERATED, { cwd: root }).sort()).toEqual([...files].sort())
    for (const file of files) {
      expect(readFileSync(join(root, file), 'utf8'), `${file}: run npm run codegen`).toBe(
        readFileSync(join(copy, file), 'utf8'),
      )
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})
