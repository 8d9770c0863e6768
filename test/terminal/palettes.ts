// What terminals make of the sixteen colours, and how well one is read on another. The values are those that the programs
// come with; people change them, and the background, as they like.

type Colour = `#${string}`

/** 0 to 7, then their bright twins 8 to 15. */
export const PALETTES: Readonly<Record<'xterm' | 'vga' | 'tango', readonly Colour[]>> = {
  // XTerm-col.ad of xterm.
  xterm: [
    ...(['#000000', '#cd0000', '#00cd00', '#cdcd00', '#0000ee', '#cd00cd', '#00cdcd', '#e5e5e5'] as const),
    ...(['#7f7f7f', '#ff0000', '#00ff00', '#ffff00', '#5c5cff', '#ff00ff', '#00ffff', '#ffffff'] as const),
  ],
  // The Linux console: default_red, default_grn and default_blu of drivers/tty/vt/vt.c, which are VGA's text mode.
  vga: [
    ...(['#000000', '#aa0000', '#00aa00', '#aa5500', '#0000aa', '#aa00aa', '#00aaaa', '#aaaaaa'] as const),
    ...(['#555555', '#ff5555', '#55ff55', '#ffff55', '#5555ff', '#ff55ff', '#55ffff', '#ffffff'] as const),
  ],
  // GNOME Terminal's palette “Tango”.
  tango: [
    ...(['#2e3436', '#cc0000', '#4e9a06', '#c4a000', '#3465a4', '#75507b', '#06989a', '#d3d7cf'] as const),
    ...(['#555753', '#ef2929', '#8ae234', '#fce94f', '#729fcf', '#ad7fa8', '#34e2e2', '#eeeeec'] as const),
  ],
}

/** WCAG 2.2, “relative luminance”. */
function luminanceOf(colour: Colour): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** WCAG 2.2, “contrast ratio”: 1 to 21. */
export function contrastOf(one: Colour, other: Colour): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** What a text is written with; null: the terminal's own colour. */
export interface Ink {
  readonly text: number | null
  readonly ground: number | null
  readonly isBold: boolean
  readonly isDim: boolean
}

/** Every ink that something readable was written with: no spaces, no line drawing. */
export function inksOf(written: string): Ink[] {
  const found = new Map<string, Ink>()
  let ink: Ink & { readonly isInverse?: boolean } = { text: null, ground: null, isBold: false, isDim: false }
  const plain = ink
  // ␛[…m is a change of ink; other sequences move the cursor and the like.
  const pieces = written.replaceAll('\u001b', '␛').matchAll(/␛\[([\d;]*)m|(␛(?:\[[\d;?<>=]*[ -/]*[@-~]|[^[]))|([^␛]+)/g)
  for (const [, codes, other, text = ''] of pieces) {
    if (codes !== undefined) for (const code of codes.split(';')) ink = changed(ink, Number(code))
    else if (other === undefined && /[^\s\p{Cc}\u2500-\u257f]/u.test(text)) {
      const { isInverse, ...shown } = ink
      const seen = isInverse ? { ...shown, text: ink.ground, ground: ink.text } : shown
      found.set(JSON.stringify(seen), seen)
    }
  }
  return [...found.values()]

  function changed(from: typeof ink, code: number): typeof ink {
    if (code === 0) return plain
    if (code === 1) return { ...from, isBold: true }
    if (code === 2) return { ...from, isDim: true }
    if (code === 22) return { ...from, isBold: false, isDim: false }
    if (code === 7 || code === 27) return { ...from, isInverse: code === 7 }
    if (code === 39) return { ...from, text: null }
    if (code === 49) return { ...from, ground: null }
    const [row, colour] = [Math.floor(code / 10), code % 10]
    if (colour < 8 && (row === 3 || row === 9)) return { ...from, text: colour + (row === 9 ? 8 : 0) }
    if (colour < 8 && (row === 4 || row === 10)) return { ...from, ground: colour + (row === 10 ? 8 : 0) }
    throw new Error(`SGR ${code} is none of those that are looked at`)
  }
}

/** The least contrast that an ink has in these terminals, on a black ground and on a white one, by terminal. */
export function contrastsOf({ text, ground, isBold, isDim }: Ink): Record<string, number> {
  const contrasts: Record<string, number> = {}
  for (const [name, palette] of Object.entries(PALETTES)) {
    for (const [where, own, page] of [
      ['black', '#ffffff', '#000000'],
      ['white', '#000000', '#ffffff'],
    ] as const) {
      // Many terminals make a bold colour its bright twin, and many do not.
      const shades: (Colour | undefined)[] = text === null ? [own] : [palette[text], palette[isBold ? text | 8 : text]]
      // The Linux console draws whatever is dim in its dark grey.
      if (isDim) shades.push(PALETTES.vga[8])
      const on = ground === null ? page : (palette[ground] ?? page)
      contrasts[`${name} on ${where}`] = Math.min(...shades.map(shade => contrastOf(shade ?? on, on)))
    }
  }
  return contrasts
}
