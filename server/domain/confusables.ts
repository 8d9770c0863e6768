// Characters of a name → what they look like, so that names which look alike collide. Only what can stand in a name
// matters here: single characters of one script that resemble those of another one, or a digit.
// Source: Unicode Technical Standard 39, confusables.txt.

/** Each line: what it is taken for, and the characters that are taken for it. */
const LOOKALIKES = `
a аα
b ьЬ
c сϲ
d ԁժ
e еҽ
g ց
h һհ
i іıιΙІ
j јϳ
k κк
l 1ӏӀ
n ոη
o 0оοօ
p рρ
q ԛգզ
r г
s ѕ
u υսц
v νѵ
w ԝ
x хχ
y уγу
A АΑᎪ
B ВΒᏴ
C СϹᏟ
E ЕΕᎬ
H НΗᎻ
I ΙІ
J ЈͿᎫ
K КΚᏦ
M МΜᎷ
N Ν
O ОΟՕ
P РΡᏢ
S ЅՏᏚ
T ТΤᎢ
X ХΧ
Y ҮΥ
Z ΖᏃ
`

/** Character → what it looks like. */
export const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  LOOKALIKES.trim()
    .split('\n')
    .flatMap(line => {
      const [look = '', chars = ''] = line.split(' ')
      return Array.from(chars, char => [char, look] as const)
    }),
)
