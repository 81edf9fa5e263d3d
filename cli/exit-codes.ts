/** What the process ends with; every error of a script ends it with 1. */
export const EXIT = {
  ok: 0,
  /** The script did not compile, or failed while it ran. */
  failed: 1,
  /** The command line could not be understood, or named a file that is not there. */
  usage: 2,
} as const;
