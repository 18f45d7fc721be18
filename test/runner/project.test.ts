import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('project folder')
const { projectFolder } = createRequire(path.resolve('package.json'))('./tasks/runner/project.js') as {
  projectFolder(cwd: string, packageRoot: string): string
}
const place = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-project-'))

/** Creates a folder with files, and returns it. */
function folder(name: string, files: Record<string, string> = {}): string {
  const made = path.join(place, name)
  mkdirSync(made, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(made, file)), { recursive: true })
    writeFileSync(path.join(made, file), text)
  }
  return made
}

const depends = JSON.stringify({ devDependencies: { 'dcos-bootstrap': '1' } })

test('a checkout is its own project, wherever it is called from', () => {
  const checkout = folder('checkout', { 'Taskfile.ts': '' })
  assert.is(projectFolder(checkout, checkout), checkout)
  assert.is(projectFolder(folder('checkout/config/examples'), checkout), checkout)
  assert.is(projectFolder(folder('other', { 'Taskfile.ts': '' }), checkout), checkout)
  // Linked into a project that depends on it, it uses that project.
  assert.is(projectFolder(folder('linked', { 'package.json': depends }), checkout), folder('linked'))
})

test('an installed package uses the nearest project, else the one it is installed in', () => {
  const project = folder('project', { 'package.json': depends })
  const installed = folder('project/node_modules/.pnpm/dcos-bootstrap@1/node_modules/dcos-bootstrap')
  assert.is(projectFolder(folder('project/some/where'), installed), project)
  assert.is(projectFolder(folder('nowhere'), installed), project)
  const nearer = folder('project/clusters/test', { 'config/cluster.yaml': '' })
  assert.is(projectFolder(folder('project/clusters/test/notes'), installed), nearer)
})

test('a package downloaded by npx uses the current folder', () => {
  const fetched = { ...JSON.parse(depends), _npx: { packages: ['dcos-bootstrap'] } }
  folder('npx', { 'package.json': JSON.stringify(fetched) })
  const installed = folder('npx/node_modules/dcos-bootstrap')
  assert.is(projectFolder(folder('empty'), installed), folder('empty'))
  assert.is(projectFolder(folder('own/sub'), installed), folder('own/sub'))
  folder('own', { 'Taskfile.ts': '' })
  assert.is(projectFolder(folder('own/sub'), installed), folder('own'))
})

test.after(() => rmSync(place, { recursive: true, force: true }))

test.run()
