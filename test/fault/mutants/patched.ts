// Has a child process load its source with patches (hook.ts), beside those that this process was started with.

/** The variable that names the patches, separated by commas. */
export const PATCHES = 'RECADO_TEST_PATCHES'
/** Where the hook writes a line for each patch that it made, if it is set. */
export const PATCH_LOG = 'RECADO_TEST_PATCH_LOG'

const HOOK = new URL('hook.ts', import.meta.url).href

/** The environment of such a process. */
export function patchedBy(...names: readonly string[]): Record<string, string> {
  const inherited = process.env[PATCHES]
  const options = process.env.NODE_OPTIONS ?? ''
  return {
    [PATCHES]: [...(inherited ? [inherited] : []), ...names].join(','),
    NODE_OPTIONS: options.includes(HOOK) ? options : `${options} --import=${HOOK}`.trim(),
  }
}
