#compdef zirkabot
# Completion of zirkabot for zsh.
_zirkabot() {
    local -a candidates
    candidates=("${(@f)$(ZIRKABOT_COMPLETE=zsh command zirkabot -- \
        "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ $candidates[1] == :files ]]; then
        compset -P '--*='
        _files
    elif [[ -n $candidates[1] ]]; then
        _describe -V zirkabot candidates
    fi
}
# In a directory of $fpath this file is the function itself; elsewhere it is read once.
if [[ $funcstack[1] == _zirkabot ]]; then
    _zirkabot "$@"
else
    compdef _zirkabot zirkabot
fi
