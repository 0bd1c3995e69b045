// SPDX-License-Identifier: Apache-2.0
// Starts dynalite on a free port of the loopback interface, prints the port, and ends with its standard input.
const server = require('dynalite')({ createTableMs: 0 })
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit(0)).resume()
