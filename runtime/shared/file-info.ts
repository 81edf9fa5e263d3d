/** What `.mx` says about a loaded file (language.md 9.4). */
export interface FileInfo {
  filename: string;
  /** From the base directory, with a leading `./`. */
  relative: string;
  absolute: string;
  /** The name of the directory, not its path. */
  dirname: string;
  relativeDir: string;
  absoluteDir: string;
}
