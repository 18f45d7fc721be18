import { shellWord } from '../rerun.ts'

// Scripts for a shell to source. They ask the program (`__complete`) for everything, so that an installed script never goes stale.
// `npx task` runs the program of the nearest project, else the one that printed the script.

/** The script for each shell; `program` is the path of the program that prints it. */
export const scripts: Record<string, (program: string) => string> = {
  bash: (
    program,
  ) => `# Completes npx task, task and dcos-bootstrap in bash: source <(npx task completion bash)
_dcos_bootstrap_program() {
  local folder=$PWD
  while [ -n "$folder" ]; do
    [ -x "$folder/node_modules/.bin/task" ] && echo "$folder/node_modules/.bin/task" && return
    folder=\${folder%/*}
  done
  echo ${shellWord(program)}
}
_dcos_bootstrap() {
  local program line
  COMPREPLY=()
  if [ "\${1##*/}" = npx ]; then
    [[ " \${COMP_WORDS[*]:1:COMP_CWORD-1} " =~ ^(\\ -[^ ]*)*\\ (task|dcos-bootstrap)\\  ]] || return
    compopt -o nospace 2>/dev/null
    program=$(_dcos_bootstrap_program)
  else
    program=$(type -P -- "$1") || program=$(_dcos_bootstrap_program)
  fi
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <("$program" __complete bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -o nospace -F _dcos_bootstrap task dcos-bootstrap
complete -p npx >/dev/null 2>&1 || complete -o default -F _dcos_bootstrap npx
`,
  zsh: (program) => `#compdef task dcos-bootstrap npx
# Completes npx task, task and dcos-bootstrap in zsh: source <(npx task completion zsh), after compinit; or as a file named
# _dcos_bootstrap in a folder of $fpath.
_dcos_bootstrap_program() {
  local folder=$PWD
  while [[ -n $folder ]]; do
    [[ -x $folder/node_modules/.bin/task ]] && print -r -- $folder/node_modules/.bin/task && return
    folder=\${folder%/*}
  done
  print -r -- ${shellWord(program)}
}
_dcos_bootstrap() {
  local program line
  local -a open openShown closed closedShown
  if [[ \${words[1]:t} = npx ]]; then
    [[ " \${words[2,CURRENT-1]} " =~ '^( -[^ ]*)* (task|dcos-bootstrap) ' ]] || { _default; return }
    program=$(_dcos_bootstrap_program)
  else
    program=$(whence -p -- \${(Q)words[1]}) || program=$(_dcos_bootstrap_program)
  fi
  for line in \${(f)"$($program __complete zsh "\${(@Q)words[1,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)"}; do
    if [[ \${line%%$'\\t'*} = *[=./] ]]; then
      open+=("\${line%%$'\\t'*}") openShown+=("\${line#*$'\\t'}")
    else
      closed+=("\${line%%$'\\t'*}") closedShown+=("\${line#*$'\\t'}")
    fi
  done
  compadd -Q -l -d closedShown -a closed
  compadd -Q -l -S '' -d openShown -a open
}
if [[ $funcstack[1] = _dcos_bootstrap ]]; then
  _dcos_bootstrap "$@"
else
  compdef _dcos_bootstrap task dcos-bootstrap
  (( \${+_comps[npx]} )) || compdef _dcos_bootstrap npx
fi
`,
  fish: (program) => `# Completes npx task, task and dcos-bootstrap in fish: npx task completion fish | source
function __dcos_bootstrap_program
    set -l folder $PWD
    while test -n "$folder"
        if test -x "$folder/node_modules/.bin/task"
            echo "$folder/node_modules/.bin/task"
            return
        end
        set folder (string replace -r '/[^/]*$' '' -- $folder)
    end
    echo ${fishWord(program)}
end
function __dcos_bootstrap_complete
    set -l words (commandline -opc)
    set -l program (type -P -- $words[1] 2>/dev/null)
    if string match -qr '(^|/)npx$' -- $words[1]; or test -z "$program"
        set program (__dcos_bootstrap_program)
    end
    $program __complete fish $words (commandline -ct) 2>/dev/null
end
function __dcos_bootstrap_by_npx
    string match -qr '^\\S+( -\\S+)* (task|dcos-bootstrap)( |$)' -- (string join ' ' -- (commandline -opc))
end
complete -c task -f -a '(__dcos_bootstrap_complete)'
complete -c dcos-bootstrap -f -a '(__dcos_bootstrap_complete)'
complete -c npx -n __dcos_bootstrap_by_npx -f -a '(__dcos_bootstrap_complete)'
`,
}

function fishWord(word: string): string {
  return `'${word.replace(/[\\']/g, '\\$&')}'`
}
