/**
 * What a configuration file names as an MCP server: a program that hands its standard streams to
 * the bridge's unix socket. Written beside the socket, because clients can only start commands.
 */
export const RELAY = `'use strict';
const socket = require('node:net').connect(process.argv[2]);
socket.on('error', (error) => {
  process.stderr.write('The bridge is closed: ' + error.message + '\\n');
  process.exit(1);
});
socket.on('close', () => process.exit(0));
process.stdin.pipe(socket);
socket.pipe(process.stdout);
`;
