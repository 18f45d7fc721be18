#!/usr/bin/env node
// `npx dcos WORD…` in a checkout is `npx task dcos -- WORD…`.
process.argv.splice(2, 0, 'dcos', '--')
require('../runner/bin.js')
