# Completion of jcluster(1) for bash, which loads it when the command is first completed.

_jcluster_names() {
  jcluster list 2>/dev/null | cut -d: -f1
}

_jcluster() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-} options
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W 'run reload scale status list upgrade check add remove import --help --version' -- "$word")
    return
  fi
  case $command in
    run | add | import)
      case $command in
        run) options='--name= --config= --instances= --listen= --' ;;
        add) options='--listen= --instances= --start --root= --' ;;
        import) options='--only= --listen= --root=' ;;
      esac
      # An option's value is a word of its own behind the equals sign.
      case ${COMP_WORDS[COMP_CWORD - 1]}:$command:$word in
        =:* | --config:* | *:import:[!-]*) compopt -o default ;;
        *)
          mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
          compopt -o nospace
          ;;
      esac
      ;;
    reload | scale | status | upgrade | remove)
      if [ "$command" = status ] && [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '--json --metrics --ready --watch' -- "$word")
      elif [ "$command" = reload ] && [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '--all' -- "$word")
      elif [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_jcluster_names)" -- "$word")
      elif [ "$command" = scale ] && [ "$COMP_CWORD" = 3 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'max' -- "$word")
      fi
      ;;
    check)
      mapfile -t COMPREPLY < <(compgen -f -X '!*.conf' -- "${word:-/etc/jcluster/}")
      ;;
  esac
}

complete -F _jcluster jcluster
