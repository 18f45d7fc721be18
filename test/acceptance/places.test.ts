import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

// Where the project, its compiled code and the current folder are.

const test = suite('places')
const projects: Project[] = []
const elsewhere = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-places-'))
const fast = 'rehearsal.speed=2000'

function newProject(): Project {
  const project = new Project()
  projects.push(project)
  return project
}

test('files that another user could have written are not run', async () => {
  const project = newProject()
  const build = project.path('.task/build')
  assert.is((await project.run([])).code, 0)
  assert.is(statSync(build).mode & 0o777, 0o700)
  const planted = () => {
    for (const name of readdirSync(build).filter((one) => /\.(cjs|code)$/.test(one)))
      writeFileSync(path.join(build, name), "process.stdout.write('planted')\n")
  }
  planted()
  chmodSync(build, 0o777)
  const ran = await project.run(['status', fast])
  assert.not.match(ran.stdout, 'planted')
  assert.is(statSync(build).mode & 0o777, 0o700)
  for (const entry of readdirSync(build, { withFileTypes: true })) {
    if (entry.isDirectory()) continue
    assert.not.match(readFileSync(path.join(build, entry.name), 'latin1'), "write('planted')")
  }
  // A link out of .task is not followed.
  const outside = path.join(elsewhere, 'outside')
  mkdirSync(outside)
  rmSync(build, { recursive: true })
  symlinkSync(outside, build)
  assert.is((await project.run([])).code, 0)
  assert.equal(readdirSync(outside), [])
  assert.ok(lstatSync(build).isDirectory())
})

slow(test, 'folders are private to this user, whatever the umask', async () => {
  const project = newProject()
  rmSync(project.path('.task'), { recursive: true, force: true })
  const line = `umask 000; exec "${process.execPath}" tasks/runner/bin.js bootstrap ${fast}`
  const ran = spawnSync('/bin/sh', ['-c', line], {
    cwd: project.folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH!, HOME: project.home },
  })
  assert.is(ran.status, 0, ran.stdout + ran.stderr)
  for (const entry of readdirSync(project.path('.task'), { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isDirectory()) assert.is(statSync(file).mode & 0o077, 0, file)
  }
})

test('.task may be a link to another disk', async () => {
  const project = newProject()
  const disk = path.join(elsewhere, 'disk')
  mkdirSync(disk)
  rmSync(project.path('.task'), { recursive: true, force: true })
  symlinkSync(disk, project.path('.task'))
  for (const words of [['bootstrap'], ['status'], ['destroy', '--yes']]) {
    const ran = await project.run([...words, fast])
    assert.is(ran.code, 0, ran.stdout + ran.stderr)
  }
  assert.ok(existsSync(path.join(disk, 'build')))
})

test('in a removed folder it says so', async () => {
  const project = newProject()
  for (const words of ['status', 'status --json']) {
    const line = `mkdir gone && cd gone && rmdir ../gone && exec "${process.execPath}" ../tasks/runner/bin.js ${words}`
    const { status, stderr } = spawnSync('/bin/sh', ['-c', line.replace('../tasks', project.path('tasks'))], {
      cwd: project.folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH!, HOME: project.home },
    })
    assert.is(status, 2)
    assert.match(stderr, /^USAGE the current folder no longer exists\n {2}why: .*\n {2}next: cd /)
  }
})

test('without its packages it says what to run', async () => {
  const project = newProject()
  rmSync(project.path('.task'), { recursive: true, force: true })
  rmSync(project.path('node_modules'))
  const ran = await project.run(['--json', 'status'])
  assert.is(ran.code, 2)
  assert.match(
    ran.stderr,
    /^USAGE the packages that this project needs are not installed\n.*esbuild\n {2}next: run npm ci in /,
  )
  assert.is(ran.end.error.code, 'USAGE')
  const version = await project.run(['--version'])
  assert.equal([version.code, version.stderr], [0, ''])
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
})

test('an unusable address is reported, with the key that sets another', async () => {
  const project = newProject()
  for (const [index, address] of ['a b', '::', 'x y:1'].entries()) {
    const body = {
      Resources: { A: { Type: 'AWS::EC2::InternetGateway' } },
      Outputs: { DnsAddress: { Value: address } },
    }
    writeFileSync(project.path('odd.json'), JSON.stringify(body))
    const words = [`template=${project.path('odd.json')}`, `cluster.name=odd${index}`, fast]
    const up = await project.run(['wait', ...words, '--json'])
    const failure = up.events.find((event) => event.event === 'fail') as
      | { code: string; next: string }
      | undefined
    assert.is(failure?.code, 'DCOS_UNREACHABLE', up.stdout)
    assert.match(failure!.next, 'cluster.url')
    assert.not.match((await project.run(['status', ...words])).stdout, 'INTERNAL')
  }
})

test.after(() => {
  for (const project of projects) project.remove()
  rmSync(elsewhere, { recursive: true, force: true })
})

test.run()
