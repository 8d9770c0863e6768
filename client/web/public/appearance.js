// Before the first paint, which may come long before the page's own script: the appearance that was chosen here. What
// parts/theme.ts and parts/motion.ts do from then on.
try {
  for (const name of ['theme', 'motion']) {
    const chosen = localStorage.getItem(`recado.${name}`)
    if (chosen) document.documentElement.dataset[name] = chosen
  }
} catch {
  // Where storage is denied nothing was chosen.
}
