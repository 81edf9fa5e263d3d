/** A program that serves three tools on its standard streams, for tests that need a real process. */
import { serveStdio, type ToolDefinition } from '../../runtime/host/bindings/mcp/server.js';

const tools: ToolDefinition[] = [
  {
    name: 'create_issue',
    description: 'Makes one',
    params: [
      { name: 'title', type: 'string' },
      { name: 'count', type: 'number', optional: true },
    ],
  },
  { name: 'types', params: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, type: 'object' })) },
  { name: 'denied', params: [] },
];

await serveStdio({
  tools: () => tools,
  version: '1.2.3',
  call: async (name, args) => {
    console.log('a stray line from user code');
    if (name === 'denied') throw new Error('Guard blocked operation: no\n  Guard: all\n  Operation: /exe');
    return { value: args };
  },
});
