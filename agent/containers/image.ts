/** How an image is got, once, when the owner of the machine has agreed. */

export function buildArgs(image: string, folder: string): string[] {
  return ["build", "--tag", image, folder];
}

/** By digest: what was agreed to is what comes. */
export function pullArgs(image: string): string[] {
  return ["pull", image];
}
