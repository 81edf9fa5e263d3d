/** The CommonJS build by its own path: the ES build calls `require`, which a bundle does not have. */
declare module 'turndown/lib/turndown.cjs.js' {
  import TurndownService from 'turndown';
  export default TurndownService;
}
