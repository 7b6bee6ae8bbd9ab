# Completion of zirkabot for bash.
_zirkabot() {
    # Bash ends words at colons and equals signs, of which profile ids and flags have one. What stands
    # there without a blank between is one word.
    local rest=${COMP_LINE:0:COMP_POINT} words=() piece apart i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        apart=yes
        if ((i > 1)) && [[ $rest != [[:blank:]]* ]]; then apart=; fi
        rest=${rest#"${rest%%[![:blank:]]*}"}
        if ((i == COMP_CWORD)); then piece=$rest; else piece=${COMP_WORDS[i]}; fi
        rest=${rest#"$piece"}
        if [[ $apart ]]; then
            words+=("$piece")
        else
            words[${#words[@]} - 1]+=$piece
        fi
    done
    # Only what follows the last end of a word is replaced. An open quote is no part of the word, and
    # in it no word ends.
    local cur=${words[${#words[@]} - 1]} breaks=${COMP_WORDBREAKS//[^:=]/} before= line
    if [[ $cur == [\"\']* ]]; then
        words[${#words[@]} - 1]=${cur:1}
    elif [[ $breaks ]]; then
        before=${cur%"${cur##*[$breaks]}"}
    fi

    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line#"$before"}")
    done < <(ZIRKABOT_COMPLETE=bash command zirkabot -- "${words[@]}" 2>/dev/null)
    if [[ ${COMPREPLY[0]-} == :files ]]; then
        COMPREPLY=()
        compopt -o default 2>/dev/null
    fi
    return 0
}
complete -o bashdefault -o nosort -F _zirkabot zirkabot 2>/dev/null ||
    complete -o bashdefault -F _zirkabot zirkabot
