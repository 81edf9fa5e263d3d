import { distance } from 'fastest-levenshtein';

/**
 * The candidates a person may have meant, best first, at most three: those that differ only in
 * letter case, or by few edits for their length.
 */
export function suggestions(word: string, candidates: Iterable<string>): string[] {
  const lower = word.toLowerCase();
  // Two swapped letters are two edits, so even a short word may differ by two.
  const limit = Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3));
  return [...new Set(candidates)]
    .filter((candidate) => candidate !== word)
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
