import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project, type Ran } from './project.ts'

const test = suite('disk')
const elsewhere = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-elsewhere-'))
const projects: Project[] = []
const mounts: string[] = []
const speed = 'rehearsal.speed=1000'

function newProject(): Project {
  const project = new Project()
  projects.push(project)
  return project
}

function mount(...words: string[]): boolean {
  const { status } = spawnSync('mount', words)
  if (status === 0) mounts.push(words.at(-1)!)
  return status === 0
}

function unmount(place: string): void {
  spawnSync('umount', ['--lazy', place])
}

/** A path that never exists, for machines that do not allow mounts. */
const rights = (() => {
  const place = path.join(elsewhere, 'probe')
  mkdirSync(place)
  const may = process.getuid?.() === 0 && mount('-t', 'tmpfs', 'probe', place)
  return may ? [] : [path.join(elsewhere, 'the right to mount')]
})()

const environment = { TMPDIR: elsewhere }

/** A disk failure as users should see it: its code, what to do, and no internals. */
function assertDisk(ran: Ran, what: RegExp): void {
  const text = ran.stdout + ran.stderr
  assert.is(ran.code, 1, text)
  assert.match(text, /DISK/)
  assert.match(text, what)
  assert.match(text, /next/)
  assert.is(text.match(/\n\s+at .*[:(]\d+/), null, text)
  assert.is(text.match(/unexpected|INTERNAL/), null, text)
}

/** What an interrupted write would leave behind. */
function drafts(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    /\.(tmp|part|draft)$|lock|\.cjs(\..*)?\.\d+$|blobs\/\w+\.|\.[0-9a-f]{8}-/.test(name),
  )
}

optional(
  test,
  rights,
  'in a read-only checkout list and status work; commands that must write report an error',
  async () => {
    const project = newProject()
    const built = await project.run(['bootstrap', speed, 'cluster.name=before'], { environment })
    assert.is(built.code, 0, built.stdout + built.stderr)
    rmSync(project.path('.task/build'), { recursive: true })
    assert.ok(mount('--bind', project.folder, project.folder))
    assert.ok(mount('-o', 'remount,ro,bind', project.folder))

    const list = await project.run([], { environment })
    assert.is(list.code, 0, list.stderr)
    assert.match(list.stdout, /bootstrap +Bring the cluster up/)
    const kept = path.join(elsewhere, `dcos-bootstrap-${process.getuid!()}`)
    assert.is(statSync(kept).mode & 0o777, 0o700)
    const [folder] = readdirSync(kept)
    const made = statSync(path.join(kept, folder!, 'manifest.json')).mtimeMs
    const status = await project.run(['status', speed, 'cluster.name=before'], { environment })
    assert.is(status.code, 0, status.stdout + status.stderr)
    assert.is((await project.run(['status', speed], { environment })).code, 3)
    assert.is(
      statSync(path.join(kept, folder!, 'manifest.json')).mtimeMs,
      made,
      'what was built is used again',
    )
    const plan = await project.run(['bootstrap', '--dry-run', '--json', speed], { environment })
    assert.equal([plan.code, plan.end.would], [0, ['preflight', 'keypair', 'stack', 'wait', 'cli-config']])

    assertDisk(await project.run(['bootstrap', speed], { environment }), /read-only.*\.task/)
    const json = await project.run(['destroy', '--yes', '--json', speed, 'cluster.name=before'], {
      environment,
    })
    assertDisk(json, /read-only/)
    assert.equal([json.end.event, json.end.error.code], ['end', 'DISK'])

    // Anyone could have put those files there: they are not run.
    chmodSync(kept, 0o777)
    assertDisk(await project.run([], { environment }), /no folder that only you can write to/)
    rmSync(kept, { recursive: true })
    unmount(project.folder)
    unmount(project.folder)
    assert.is(
      (await project.run(['destroy', '--yes', speed, 'cluster.name=before'], { environment })).code,
      0,
    )
  },
)

optional(
  test,
  rights,
  'on a full disk nothing is half-written, and with free space the same command continues',
  async () => {
    const project = newProject()
    const state = project.path('.task')
    mkdirSync(state, { recursive: true })
    assert.ok(mount('-t', 'tmpfs', '-o', 'size=256k', 'small', state))
    const words = ['bootstrap', '--json', speed]
    // From no space at all to space for some steps but not for all.
    for (const room of [0, 4, 16, 28, 40]) {
      const filler = path.join(state, 'filler')
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'])
      const { size } = statSync(filler)
      spawnSync('truncate', ['-s', String(size - room * 1024), filler])
      const full = await project.run(words, { environment })
      if (full.code !== 0) assertDisk(full, /full|no space/)
      if (room === 0) assert.is(full.code, 1)
      assert.is(full.end?.event, 'end')
      assert.equal(drafts(state), [], `room for ${room} kB`)
      rmSync(filler)
    }
    const up = await project.run(words, { environment })
    assert.is(up.code, 0, up.stdout)
    spawnSync('dd', ['if=/dev/zero', `of=${path.join(state, 'filler')}`, 'bs=4k'])
    assert.is((await project.run([], { environment })).code, 0)
    const status = await project.run(['status', speed], { environment })
    assert.is(status.code, 0, status.stdout + status.stderr)
    rmSync(path.join(state, 'filler'))
    assert.is((await project.run(['destroy', '--yes', speed], { environment })).code, 0)
  },
)

test('something else at the path .task is named, and left alone', async () => {
  const project = newProject()
  rmSync(project.path('.task'), { recursive: true, force: true })
  writeFileSync(project.path('.task'), 'precious')
  assert.is((await project.run([], { environment })).code, 0)
  const up = await project.run(['bootstrap', speed], { environment })
  assertDisk(up, /there is a file where a folder should be.*\.task/)
  assert.is(statSync(project.path('.task')).size, 8)
})

test('output that cannot be written is a failure, but the work is done', async () => {
  const project = newProject()
  const shell = (line: string) =>
    spawnSync('/bin/sh', ['-c', line], {
      cwd: project.folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH!, HOME: project.home, ...environment },
    })
  const task = `${process.execPath} tasks/runner/bin.js`
  for (const words of ['', '--json', '--help', `keypair ${speed}`, `status --json ${speed}`]) {
    const { status, stderr } = shell(`${task} ${words} > /dev/full`)
    assert.is(status === 0, false, words)
    assert.match(stderr, /^DISK the output cannot be written\n {2}why: .*ENOSPC/m, words)
  }
  assert.match((await project.run(['keypair', speed])).stdout, /ok: key pair dcos/)
})

test.after(() => {
  for (const place of mounts.reverse()) unmount(place)
  for (const project of projects) project.remove()
  rmSync(elsewhere, { recursive: true, force: true })
})

test.run()
