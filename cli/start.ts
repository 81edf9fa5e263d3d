/** Runs the command line. The code behind it is a file of its own, whose name changes with its text. */
export async function start(argv: readonly string[]): Promise<number> {
  const { main } = await import('./main.js');
  return main(argv);
}
