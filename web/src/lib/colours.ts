// The colour of a name: always the same for the same name.

/** Of pictures: each with a contrast of at least 4.5 to white. */
const pictures = ['#0b6b5d', '#8a4b08', '#6b3fa0', '#a3275c', '#1d5fa8', '#4d6b0b', '#9c3a1d', '#43578f'];
/** Of names on a dark bubble: each with a contrast of at least 4.5 to it. */
const onDark = ['#4fd1b3', '#f0b27a', '#c9a7f5', '#f59ac0', '#8ec5ff', '#b8d66b', '#ff9f80', '#aebcf0'];

function place(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % pictures.length;
}

export const pictureColour = (name: string) => pictures[place(name)] ?? '';
export const nameColour = (name: string) => `light-dark(${pictures[place(name)]}, ${onDark[place(name)]})`;
