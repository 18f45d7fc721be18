/** A package in Cosmos's form (Universe, packaging version 3.0). */
export interface Package {
  name: string
  version: string
  description: string
  tags: string[]
  /** Whether it is a Mesos framework. */
  framework: boolean
  preInstallNotes?: string
  postInstallNotes: string
  postUninstallNotes: string
  /** The options, a section of properties each, with their types and defaults (JSON Schema). */
  config: Record<string, Record<string, { type: string; default: string | number; description: string }>>
  /** The application, in which `{{section.property}}` is replaced with an option. */
  app: object
}

const service = (name: string, memory: number) => ({
  name: { type: 'string', default: name, description: 'The id of the application in Marathon' },
  instances: { type: 'integer', default: 1, description: 'How many instances run' },
  cpus: { type: 'number', default: 0.1, description: 'CPUs of each instance' },
  mem: { type: 'integer', default: memory, description: 'Memory of each instance, in MiB' },
})

const sizes = {
  instances: '{{service.instances}}',
  cpus: '{{service.cpus}}',
  mem: '{{service.mem}}',
}

/** What can be installed on a rehearsed cluster: DC/OS's own catalogue is no longer on the internet. */
export const catalogue: Package[] = [
  {
    name: 'hello',
    version: '1.1.0',
    description: 'A web page that shows a greeting, to try packages with',
    tags: ['rehearsal', 'web'],
    framework: false,
    postInstallNotes: 'hello is being started: dcos marathon app list shows when it runs.',
    postUninstallNotes: 'hello has been removed.',
    config: {
      service: service('hello', 32),
      hello: { greeting: { type: 'string', default: 'Hello', description: 'The text of the page' } },
    },
    app: {
      id: '/{{service.name}}',
      ...sizes,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Marathon's variable, for the shell.
      cmd: 'echo "{{hello.greeting}}" > index.html && python3 -m http.server ${PORT0}',
      portDefinitions: [{ port: 0, name: 'http' }],
    },
  },
  {
    name: 'ticker',
    version: '0.3.0',
    description: 'A service without a command line of its own that counts seconds, to try packages with',
    tags: ['rehearsal', 'service'],
    framework: true,
    preInstallNotes: 'ticker runs on private agents and keeps no data.',
    postInstallNotes: 'ticker is being started: dcos service shows when it runs.',
    postUninstallNotes: 'ticker has been removed. It left no data behind.',
    config: { service: service('ticker', 64) },
    app: { id: '/{{service.name}}', ...sizes, cmd: 'while sleep 1; do date; done' },
  },
]
