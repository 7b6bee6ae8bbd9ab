# Completion of zirkabot for fish.
function __zirkabot_ask
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    # Variables may be set in front of the program.
    while string match --quiet --regex '^\w+=' -- "$words[1]"
        set --erase words[1]
    end
    set -l token (commandline --current-token --cut-at-cursor)
    # An open quote is no part of the word.
    set token (string replace --regex '^["\']' '' -- "$token")
    ZIRKABOT_COMPLETE=fish command zirkabot -- $words "$token" 2>/dev/null
end
complete --command zirkabot --no-files --keep-order --arguments '(__zirkabot_ask | string match --invert :files)'
complete --command zirkabot --condition '__zirkabot_ask | string match --quiet :files' --force-files
