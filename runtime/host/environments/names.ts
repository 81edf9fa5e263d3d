import { EnvironmentError } from './report.js';

/**
 * Checks the name of an environment before any file is touched (seed.md D23). A name is one
 * directory and can neither leave the store nor hide in it.
 * @returns The name.
 * @throws EnvironmentError
 */
export function checkEnvironmentName(name: string | undefined): string {
  if (!name) throw new EnvironmentError('Environment name required');
  if (/[/\\]/.test(name)) throw new EnvironmentError('Environment name cannot contain path separators');
  if (name.includes('..')) throw new EnvironmentError('Environment name cannot contain ".."');
  if (name.startsWith('.')) throw new EnvironmentError('Environment name cannot start with "."');
  if (!/^[a-zA-Z0-9_-]+$/.test(name))
    throw new EnvironmentError('Environment name can only contain letters, numbers, dashes, and underscores');
  return name;
}
