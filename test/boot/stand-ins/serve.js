// Serves the files of the current folder.
const { createReadStream, existsSync } = require('node:fs')
const path = require('node:path')
require('node:http')
  .createServer((request, response) => {
    const file = path.join('.', request.url)
    if (!existsSync(file)) return response.writeHead(404).end()
    createReadStream(file).pipe(response)
  })
  .listen(Number(process.argv[2]))
