import { isObject, type Template } from '../../tasks/template/parse.ts'

/** The user data of a launch template as an instance receives it, its functions resolved with these values. */
export function userData(template: Template, launchTemplate: string, values: Record<string, string>): string {
  const data = template.Resources[launchTemplate]?.Properties?.LaunchTemplateData as {
    UserData: { 'Fn::Base64': unknown }
  }
  const render = (value: unknown): string => {
    if (!isObject(value)) return String(value)
    const [[name, argument]] = Object.entries(value) as [[string, never]]
    if (name === 'Fn::Join') return (argument[1] as unknown[]).map(render).join(argument[0])
    if (name === 'Fn::FindInMap') return template.Mappings![argument[0]]![argument[1]]![argument[2]] as string
    if (name === 'Fn::Sub') {
      return (argument as string).replace(/\$\{([^}]+)\}/g, (_, key: string) => {
        if (values[key] === undefined) throw new Error(`no value for ${key}`)
        return values[key]
      })
    }
    throw new Error(`not expected in user data: ${name}`)
  }
  return render(data.UserData['Fn::Base64'])
}
