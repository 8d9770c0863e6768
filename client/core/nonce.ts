// Nonces of sends. `crypto.randomUUID` would do, but browsers hide it from pages that come over plain HTTP, such as those
// that a phone gets from a computer in the same house.

/** A random UUID (version 4, RFC 9562). */
export function randomNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const view = new DataView(bytes.buffer)
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x40)
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80)
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
