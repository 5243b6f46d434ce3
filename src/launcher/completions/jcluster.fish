# Completion of jcluster(1) for fish.

function __jcluster_names
    jcluster list 2>/dev/null | string replace -r ':.*' ''
end

complete -c jcluster -f
complete -c jcluster -n __fish_use_subcommand -a run -d 'supervise workers in the foreground'
complete -c jcluster -n __fish_use_subcommand -a reload -d 'replace the workers'
complete -c jcluster -n __fish_use_subcommand -a scale -d 'change the number of workers'
complete -c jcluster -n __fish_use_subcommand -a status -d 'show the workers'
complete -c jcluster -n __fish_use_subcommand -a list -d 'show all applications that run'
complete -c jcluster -n __fish_use_subcommand -a upgrade -d 'let the installed version take over'
complete -c jcluster -n __fish_use_subcommand -a check -d 'check configuration files'
complete -c jcluster -n __fish_use_subcommand -a add -d 'make an application a service'
complete -c jcluster -n __fish_use_subcommand -a remove -d 'remove an application that was added'
complete -c jcluster -n __fish_use_subcommand -a import -d 'add the applications of a file of PM2'
complete -c jcluster -n __fish_use_subcommand -l help -d 'show a summary'
complete -c jcluster -n __fish_use_subcommand -l version -d 'show the version'
complete -c jcluster -n '__fish_seen_subcommand_from reload scale status upgrade remove' -a '(__jcluster_names)'
complete -c jcluster -n '__fish_seen_subcommand_from scale' -a max
complete -c jcluster -n '__fish_seen_subcommand_from status' -l json -d 'show JSON'
complete -c jcluster -n '__fish_seen_subcommand_from status' -l metrics -d 'show OpenMetrics text'
complete -c jcluster -n '__fish_seen_subcommand_from status' -l ready -d 'say by the exit status whether a worker is ready'
complete -c jcluster -n '__fish_seen_subcommand_from status' -l watch -d 'show a live view'
complete -c jcluster -n '__fish_seen_subcommand_from reload' -l all -d 'one after the other'
complete -c jcluster -n '__fish_seen_subcommand_from check import' -F
complete -c jcluster -n '__fish_seen_subcommand_from add' -l start -d 'start it'
complete -c jcluster -n '__fish_seen_subcommand_from import' -l only -x -d 'one application'
complete -c jcluster -n '__fish_seen_subcommand_from add remove import' -l root -rF -d 'where the system is'
complete -c jcluster -n '__fish_seen_subcommand_from run' -l name -x -d 'the application'
complete -c jcluster -n '__fish_seen_subcommand_from run' -l config -rF -d 'its configuration'
complete -c jcluster -n '__fish_seen_subcommand_from run add' -l instances -x -d 'how many workers'
complete -c jcluster -n '__fish_seen_subcommand_from run add import' -l listen -x -d 'a socket to open'
