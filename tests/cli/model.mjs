/**
 * A stand-in for a model's command line: reads the MCP configuration a script gives it and calls
 * the tools named on its command line as `SERVER TOOL JSON`, telling what came back.
 */
import fs from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [config, ...calls] = process.argv.slice(2);
const { mcpServers } = JSON.parse(fs.readFileSync(config, 'utf8'));
const clients = new Map();
for (const [name, server] of Object.entries(mcpServers)) {
  const client = new Client({ name: 'model', version: '1' });
  await client.connect(new StdioClientTransport(server));
  clients.set(name, client);
  const { tools } = await client.listTools();
  console.log(`${name}: ${tools.map((tool) => `${tool.name}(${Object.keys(tool.inputSchema.properties)})`).join(' ')}`);
}
for (let i = 0; i < calls.length; i += 3) {
  const [server, name, args] = calls.slice(i, i + 3);
  const result = await clients.get(server).callTool({ name, arguments: JSON.parse(args) });
  console.log(`${name} -> ${result.isError ? 'error: ' : ''}${result.content.map((part) => part.text).join('')}`);
}
for (const client of clients.values()) await client.close();
